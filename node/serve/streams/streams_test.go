package streams_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"

	"argosy.dev/node/serve/streams"
)

// patience bounds what a test waits for; nothing takes nearly as long.
const patience = 30 * time.Second

// serve answers with h. The server, and the goroutines of all its streams, must be gone at the test's end.
func serve(t *testing.T, h http.HandlerFunc) *url.URL {
	t.Helper()
	handled := make(chan struct{}, 100)
	t.Cleanup(func() { nothingLeft(t) })
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(w, r)
		handled <- struct{}{}
	}))
	t.Cleanup(web.Close)
	address, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// command serves exec with run.
func command(t *testing.T, run func(ctx context.Context, client streams.IO) error) *url.URL {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		o, err := streams.ParseOptions(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		streams.Command(w, r, o, run)
	})
}

// nothingLeft waits until no goroutine of this room or of its protocols runs any more: on either side, for the clients are in this process.
func nothingLeft(t *testing.T) {
	t.Helper()
	deadline := time.After(patience)
	for {
		var all strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
		left := ""
		for stack := range strings.SplitSeq(all.String(), "\n\n") {
			if strings.Contains(stack, "node/serve/streams.") || strings.Contains(stack, "spdystream.") || strings.Contains(stack, "base/tunnel.") {
				left = stack
			}
		}
		if left == "" {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("a goroutine is left:\n%s", left)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// executors are the ways in which client-go asks for a command.
var executors = map[string]func(u *url.URL) (remotecommand.Executor, error){
	"SPDY": func(u *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewSPDYExecutor(&rest.Config{}, http.MethodPost, u)
	},
	"SPDY v3": spdyVersion("v3.channel.k8s.io"),
	"SPDY v2": spdyVersion("v2.channel.k8s.io"),
	"SPDY v1": spdyVersion("channel.k8s.io"),
	"WebSocket": func(u *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewWebSocketExecutor(&rest.Config{}, http.MethodGet, u.String())
	},
	"WebSocket v4": func(u *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewWebSocketExecutorForProtocols(&rest.Config{}, http.MethodGet, u.String(), "v4.channel.k8s.io")
	},
}

func spdyVersion(protocol string) func(u *url.URL) (remotecommand.Executor, error) {
	return func(u *url.URL) (remotecommand.Executor, error) {
		transport, upgrader, err := roundTripper()
		if err != nil {
			return nil, err
		}
		return remotecommand.NewSPDYExecutorForProtocols(transport, upgrader, http.MethodPost, u, protocol)
	}
}

// ask adds the parameters for the streams that o has.
func ask(u *url.URL, o remotecommand.StreamOptions) *url.URL {
	q := url.Values{}
	for name, is := range map[string]bool{"input": o.Stdin != nil, "output": o.Stdout != nil, "error": o.Stderr != nil, "tty": o.Tty} {
		if is {
			q.Set(name, "1")
		}
	}
	with := *u
	with.RawQuery = q.Encode()
	return &with
}

// endless is input that goes on until it is closed.
type endless struct{ closed chan struct{} }

func (e endless) Read(p []byte) (int, error) {
	select {
	case <-e.closed:
		return 0, io.EOF
	default:
		return len(p), nil
	}
}
