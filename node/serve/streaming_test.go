package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	streamserver "k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node/serve"
)

// runs are containers with an older run of c, and d, which does not run.
func runs(t *testing.T) *fake {
	f := &fake{}
	f.run(t, "ended", "c", 0, runtimeapi.ContainerState_CONTAINER_EXITED)
	f.run(t, "running", "c", 1, runtimeapi.ContainerState_CONTAINER_RUNNING)
	f.run(t, "d", "d", 0, runtimeapi.ContainerState_CONTAINER_EXITED)
	return f
}

// stream asks for a command, over SPDY or WebSocket.
func stream(ctx context.Context, t *testing.T, protocol, address string, o remotecommand.StreamOptions) error {
	t.Helper()
	var executor remotecommand.Executor
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if protocol == "SPDY" {
		executor, err = remotecommand.NewSPDYExecutor(&rest.Config{}, http.MethodPost, u)
	} else {
		executor, err = remotecommand.NewWebSocketExecutor(&rest.Config{}, http.MethodGet, address)
	}
	if err != nil {
		t.Fatal(err)
	}
	return executor.StreamWithContext(ctx, o)
}

func TestExec(t *testing.T) {
	f := runs(t)
	f.exec = func(_ context.Context, id string, cmd []string, in io.Reader, out, errOut io.WriteCloser) error {
		if in != nil || errOut != nil {
			return errors.New("there are streams that were not asked for")
		}
		fmt.Fprintf(out, "%s %q", id, cmd)
		return utilexec.CodeExitError{Err: errors.New("code 7"), Code: 7}
	}
	address := start(t, options(f, newPod())) + "/exec/ns/p/c?command=ls&command=-l&output=1"
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		var out bytes.Buffer
		err := stream(t.Context(), t, protocol, address, remotecommand.StreamOptions{Stdout: &out})
		var exit utilexec.ExitError
		if out.String() != `running ["ls" "-l"]` || !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			t.Errorf("%s: got %q, %v", protocol, out.String(), err)
		}
	}
}

func TestExecThatFails(t *testing.T) {
	f := runs(t)
	f.exec = func(context.Context, string, []string, io.Reader, io.WriteCloser, io.WriteCloser) error {
		return errors.New("executable file not found in $PATH")
	}
	base := start(t, options(f, newPod()))
	for verb, want := range map[string]string{
		"exec":   "Internal error occurred: error executing command in container: executable file not found in $PATH",
		"attach": "Internal error occurred: error attaching to container: executable file not found in $PATH",
	} {
		for _, protocol := range []string{"SPDY", "WebSocket"} {
			err := stream(t.Context(), t, protocol, base+"/"+verb+"/ns/p/c?command=ls&output=1", remotecommand.StreamOptions{Stdout: io.Discard})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s over %s: %v", verb, protocol, err)
			}
		}
	}
}

func TestStreamRefusals(t *testing.T) {
	base := start(t, options(runs(t), newPod()))
	for path, want := range map[string]string{
		"/exec/ns/p/c?output=1":           "400 you must specify a command",
		"/exec/ns/p/c?command=x":          "400 you must specify at least 1 of stdin, stdout, stderr",
		"/exec/ns/p/x?command=x&output=1": `404 container "x" not found in pod "p"`,
		"/exec/ns/p/d?command=x&output=1": `404 container not found ("d")`,
		"/exec/ns/q/c?command=x&output=1": `404 pod "q" not found in namespace "ns" on this node`,
		"/exec/ns/p/c?command=x&output=1": "400 the request must ask for an upgrade to SPDY/3.1 or websocket",
		"/attach/ns/p/d?output=1":         `404 container not found ("d")`,
		"/portForward/ns/q":               `404 pod "q" not found in namespace "ns" on this node`,
		"/portForward/ns/p":               "400 the request must ask for an upgrade to SPDY/3.1 or websocket",
	} {
		code, body := get(t, base+path)
		if got := fmt.Sprint(code, " ", strings.TrimSpace(body)); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// A command whose client goes has a time of grace, in which its input is at its end, and is killed then; with a terminal at once.
func TestExecWhoseClientGoes(t *testing.T) {
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		for name, c := range map[string]struct {
			query  string
			grace  time.Duration
			killed bool
		}{
			"that ends with its input":  {"", time.Hour, false},
			"that does not end":         {"", time.Millisecond, true},
			"that does with a terminal": {"&tty=1", time.Hour, true},
		} {
			t.Run(protocol+" "+name, func(t *testing.T) {
				f, ended := runs(t), make(chan error, 1)
				f.exec = func(ctx context.Context, _ string, _ []string, in io.Reader, out, _ io.WriteCloser) error {
					fmt.Fprint(out, "here")
					if !c.killed {
						_, err := io.Copy(io.Discard, in)
						ended <- errors.Join(err, ctx.Err())
						return nil
					}
					select {
					case <-ctx.Done():
						ended <- nil
					case <-time.After(30 * time.Second):
						ended <- errors.New("the command goes on")
					}
					return ctx.Err()
				}
				o := options(f, newPod())
				o.Grace = c.grace
				ctx, cancel := context.WithCancel(t.Context())
				in, feed := io.Pipe()
				defer feed.Close()
				_ = stream(ctx, t, protocol, start(t, o)+"/exec/ns/p/c?command=x&input=1&output=1"+c.query,
					remotecommand.StreamOptions{Stdin: in, Stdout: calls(cancel), Tty: c.query != ""})
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// calls is a writer that calls a function.
type calls func()

func (c calls) Write(p []byte) (int, error) {
	c()
	return len(p), nil
}

// The server's stop ends streams, whatever grace they have.
func TestStopEndsStreams(t *testing.T) {
	f, began := runs(t), make(chan struct{})
	f.exec = func(ctx context.Context, _ string, _ []string, _ io.Reader, _, _ io.WriteCloser) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}
	o := options(f, newPod())
	o.Grace = time.Hour
	handler := identified(serve.New(o), serve.APIServerUser)
	base, stop := context.WithCancel(t.Context())
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(base, cancel)()
		handler.ServeHTTP(w, r.WithContext(ctx))
	}))
	defer web.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- stream(t.Context(), t, "WebSocket", web.URL+"/exec/ns/p/c?command=x&output=1", remotecommand.StreamOptions{Stdout: io.Discard})
	}()
	<-began
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("the client was told %v", err)
	}
}

// outside is a runtime's streaming server, as an external CRI runtime has it.
type outside struct{ streaming.Runtime }

func (outside) Exec(_ context.Context, id string, cmd []string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan streamserver.TerminalSize) error {
	fmt.Fprintf(out, "%s %v ", id, cmd)
	_, err := io.Copy(out, in)
	return err
}

func TestExternalRuntime(t *testing.T) {
	config := streaming.DefaultConfig
	var server streaming.Server
	runtime := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) }))
	t.Cleanup(runtime.Close)
	var err error
	if config.BaseURL, err = url.Parse(runtime.URL); err != nil {
		t.Fatal(err)
	}
	if server, err = streaming.NewServer(config, outside{}); err != nil {
		t.Fatal(err)
	}
	f := runs(t)
	o := options(f, newPod())
	o.Runtime, o.Streams = external{f, server}, nil
	base := start(t, o)
	var out bytes.Buffer
	err = stream(t.Context(), t, "SPDY", base+"/exec/ns/p/c?command=cat&input=1&output=1",
		remotecommand.StreamOptions{Stdin: strings.NewReader("hello"), Stdout: &out})
	if err != nil || out.String() != "running [cat] hello" {
		t.Errorf("got %q, %v", out.String(), err)
	}
	if code, body := get(t, base+"/attach/ns/p/c?output=1"); code != 500 || !strings.Contains(body, "attach is not implemented") {
		t.Errorf("a runtime's error is answered with %d %s", code, body)
	}
	if code, body := get(t, base+"/portForward/ns/p"); code != 500 || !strings.Contains(body, "connecting to the runtime's stream") {
		t.Errorf("an address where nobody is is answered with %d %s", code, body)
	}
	// What the runtime refuses is passed on.
	if code, body := get(t, base+"/exec/ns/p/c?command=cat&output=1"); code != 400 || !strings.Contains(body, "upgrade") {
		t.Errorf("a refusal is answered with %d %s", code, body)
	}
}

type external struct {
	*fake
	server streaming.Server
}

func (e external) Exec(_ context.Context, r *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return e.server.GetExec(r)
}
