package nodeproxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
	utilexec "k8s.io/utils/exec"
)

const pods = "/api/v1/namespaces/ns/pods/"

// executors are kubectl's two ways.
func executors(t *testing.T, c *cluster, path string) map[string]remotecommand.Executor {
	t.Helper()
	u, err := url.Parse(c.config.Host + path)
	if err != nil {
		t.Fatal(err)
	}
	old, err := remotecommand.NewSPDYExecutor(c.config, http.MethodPost, u)
	if err != nil {
		t.Fatal(err)
	}
	now, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, u.String())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]remotecommand.Executor{"SPDY": old, "WebSocket": now}
}

func TestExecThroughTheAPI(t *testing.T) {
	for name, e := range executors(t, start(t), pods+"p/exec?command=exit&command=9&container=c&stdout=true&stderr=true") {
		var errOut bytes.Buffer
		err := e.StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdout: io.Discard, Stderr: &errOut})
		var exit utilexec.ExitError
		if errOut.String() != "running false" || !errors.As(err, &exit) || exit.ExitStatus() != 9 {
			t.Errorf("%s: got %q, %v", name, errOut.String(), err)
		}
	}
}

func TestMuchDataThroughTheAPI(t *testing.T) {
	c := start(t)
	for _, path := range []string{"p/exec?command=cat&stdin=true&stdout=true", "p/attach?stdin=true&stdout=true"} {
		for name, e := range executors(t, c, pods+path) {
			sent, got := sha256.New(), sha256.New()
			in := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{2}), 16<<20), sent)
			err := e.StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdin: in, Stdout: got})
			if err != nil || !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
				t.Errorf("%s of %s: the output is not the input, error %v", name, path, err)
			}
		}
	}
}

func TestForwardThroughTheAPI(t *testing.T) {
	c := start(t)
	u, err := url.Parse(c.config.Host + pods + "p/portforward")
	if err != nil {
		t.Fatal(err)
	}
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		t.Fatal(err)
	}
	now, err := portforward.NewSPDYOverWebsocketDialerForStreaming(u, c.config)
	if err != nil {
		t.Fatal(err)
	}
	for name, dialer := range map[string]httpstream.Dialer{
		"SPDY":      spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, u),
		"WebSocket": now,
	} {
		t.Run(name, func(t *testing.T) {
			stop, ready, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			forwarder, err := portforward.NewOnAddressesForStreaming(dialer, []string{"127.0.0.1"}, []string{"0:80"}, stop, ready, io.Discard, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			go func() { ended <- forwarder.ForwardPorts() }()
			select {
			case <-ready:
			case err := <-ended:
				t.Fatal(err)
			}
			ports, err := forwarder.GetPorts()
			if err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ports[0].Local))))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			sent := bytes.Repeat([]byte("0123456789"), 1<<16)
			go func() {
				_, _ = conn.Write(sent)
				_ = conn.(*net.TCPConn).CloseWrite()
			}()
			if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d bytes came back of %d, error %v", len(got), len(sent), err)
			}
			close(stop)
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLogThroughTheAPI(t *testing.T) {
	c := start(t)
	client := kubernetes.NewForConfigOrDie(c.config)
	one := int64(1)
	got, err := client.CoreV1().Pods("ns").GetLogs("p", &corev1.PodLogOptions{TailLines: &one, Timestamps: true}).DoRaw(t.Context())
	if err != nil || string(got) != "2026-01-01T00:00:01Z two\n" {
		t.Errorf("got %q, %v", got, err)
	}
	// A log that is followed arrives as it grows.
	follow, err := client.CoreV1().Pods("ns").GetLogs("several", &corev1.PodLogOptions{Container: "c", Follow: true}).Stream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer follow.Close()
	file, err := os.OpenFile(c.log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, want := range []string{"one\ntwo\n", "three\n", "four\n"} {
		part := make([]byte, len(want))
		if _, err := io.ReadFull(follow, part); err != nil || string(part) != want {
			t.Fatalf("got %q, %v", part, err)
		}
		if next := map[string]string{"one\ntwo\n": "three", "three\n": "four"}[want]; next != "" {
			fmt.Fprintf(file, "2026-01-01T00:00:02Z stdout F %s\n", next)
		}
	}
}

func TestRefusals(t *testing.T) {
	c := start(t)
	web := oldHTTP(t, c)
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"SPDY/3.1"}, "X-Stream-Protocol-Version": {"v4.channel.k8s.io"}}
	for path, want := range map[string]string{
		"p/log?tailLines=-1":                   `Invalid 422 PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`,
		"p/log?limitBytes=x":                   `BadRequest 400 strconv.ParseInt: parsing "x": invalid syntax`,
		"q/log":                                `NotFound 404 pods "q" not found`,
		"several/log":                          "BadRequest 400 a container name must be specified for pod several, choose one of: [c d] or one of the init containers: [i]",
		"several/log?container=x":              "BadRequest 400 container x is not valid for pod several",
		"several/log?container=d":              `BadRequest 400 container "d" in pod "several" is waiting to start: ContainerCreating`,
		"p/log?previous=true":                  `BadRequest 400 previous terminated container "c" in pod "p" not found`,
		"lost/log":                             `NotFound 404 nodes "nowhere" not found`,
		"unbound/exec?command=x":               "BadRequest 400 pod unbound does not have a host assigned",
		"p/exec":                               "BadRequest 400 unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr",
		"p/exec?stdout=true":                   "BadRequest 400 unable to upgrade connection: you must specify a command",
		"several/exec?command=x":               "BadRequest 400 a container name must be specified for pod several, choose one of: [c d] or one of the init containers: [i]",
		"several/exec?container=d&stdout=true": `NotFound 404 unable to upgrade connection: container not found ("d")`,
		"several/attach?container=x":           "BadRequest 400 container x is not valid for pod several",
		"q/portforward":                        `NotFound 404 pods "q" not found`,
		"p/portforward?ports=80,x":             `BadRequest 400 unable to parse "x" as a port: it must be a number from 1 to 65535`,
		"p/proxy/":                             "BadRequest 400 pod p does not have an address yet",
		"a:b:c:d/proxy/":                       `BadRequest 400 invalid pod request "a:b:c:d"`,
		"../services/s/proxy/":                 `NotFound 404 services "s" not found`,
		"../../../nodes/x/proxy/":              `NotFound 404 nodes "x" not found`,
	} {
		status := refusal(t, web, c.config.Host+pods+path, upgrade)
		if got := fmt.Sprint(status.ErrStatus.Reason, " ", status.ErrStatus.Code, " ", status.ErrStatus.Message); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if status := refusal(t, web, c.config.Host+pods+"p/exec?command=x&stdout=true", nil); status.ErrStatus.Message != "Upgrade request required" {
		t.Errorf("without an upgrade: %v", status)
	}
}

// oldHTTP speaks HTTP/1.1, in which alone upgrades can be asked for.
func oldHTTP(t *testing.T, c *cluster) *http.Client {
	t.Helper()
	config := rest.CopyConfig(c.config)
	config.NextProtos = []string{"http/1.1"}
	web, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	return web
}

func refusal(t *testing.T, web *http.Client, address string, header http.Header) *apierrors.StatusError {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = strings.ReplaceAll(u.JoinPath().Path, "//", "/")
	r, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header.Clone()
	}
	answer, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	status := &apierrors.StatusError{}
	decode(t, answer, &status.ErrStatus)
	if status.ErrStatus.Code != int32(answer.StatusCode) {
		t.Errorf("%s: the code is %d in an answer with %s", address, status.ErrStatus.Code, answer.Status)
	}
	return status
}

func TestNodeThatDoesNotAnswer(t *testing.T) {
	c := start(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(listener.Addr().(*net.TCPAddr).Port)
	listener.Close()
	web := oldHTTP(t, c)
	for _, path := range []string{"p/log", "p/exec?command=x&stdout=true"} {
		status := refusal(t, web, c.config.Host+pods+path, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"SPDY/3.1"}})
		if status.ErrStatus.Code != 500 || !strings.Contains(status.ErrStatus.Message, "error dialing backend") || !strings.Contains(status.ErrStatus.Message, "connection refused") {
			t.Errorf("%s: %v", path, status)
		}
	}
	c.node.Status.Addresses = nil
	if status := refusal(t, web, c.config.Host+pods+"p/log", nil); !strings.Contains(status.ErrStatus.Message, "no address") {
		t.Errorf("without an address: %v", status)
	}
}

// A client that goes is noticed by the node behind the server.
func TestClientGoesThroughTheAPI(t *testing.T) {
	c := start(t)
	for name, e := range executors(t, c, pods+"p/attach?stdin=true&stdout=true") {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			in, feed := io.Pipe()
			go func() { _, _ = feed.Write([]byte("x")) }()
			_ = e.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: writerFunc(func() { cancel() })})
			feed.Close()
		})
	}
	// The servers' Close, at the end of the test, waits for nothing that hangs: what is checked is that everybody left.
	nothingLeft(t)
}

type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func TestHTTPToAPod(t *testing.T) {
	c := start(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<a href="/other">x</a>`)
		case "/away":
			http.Redirect(w, r, "/there", http.StatusFound)
		default:
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s %q auth=%q", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, body, r.Header.Get("Authorization"))
		}
	}))
	defer backend.Close()
	web, err := rest.HTTPClientFor(c.config)
	if err != nil {
		t.Fatal(err)
	}
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(method, path, body string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, c.config.Host+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer secret")
		answer, err := web.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		got, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(got)
	}
	// A pod on the loopback interface would be this server's machine.
	c.pods["p"].Status.PodIP = "127.0.0.1"
	if answer, body := ask("GET", pods+"p:1/proxy/", ""); answer.StatusCode != 400 || !strings.Contains(body, "address not allowed") {
		t.Errorf("a loopback address is answered with %s %s", answer.Status, body)
	}
	// Another port of the node goes the same way.
	base := "/api/v1/nodes/n:" + strconv.Itoa(port(t, backend.Listener.Addr().String())) + "/proxy"
	for path, want := range map[string]string{
		"/":              `POST /  "text" auth=""`,
		"/a/b/?x=1&y=%2": `POST /a/b/ x=1&y=%2 "text" auth=""`,
		"/a%2Fb":         `POST /a%2Fb  "text" auth=""`,
	} {
		if answer, body := ask("POST", base+path, "text"); answer.StatusCode != 200 || body != want {
			t.Errorf("%s: %s %q", path, answer.Status, body)
		}
	}
	if _, body := ask("GET", base+"/page", ""); body != `<a href="`+base+`/other">x</a>` {
		t.Errorf("the page is %s", body)
	}
	if answer, _ := ask("GET", base+"/away", ""); answer.Header.Get("Location") != base+"/there" {
		t.Errorf("the redirect leads to %s", answer.Header.Get("Location"))
	}
	if answer, _ := ask("GET", base+"?x=1", ""); answer.StatusCode != 301 || answer.Header.Get("Location") != base+"/?x=1" {
		t.Errorf("without a slash: %s to %s", answer.Status, answer.Header.Get("Location"))
	}
	if answer, body := ask("GET", "/api/v1/nodes/n/proxy/healthz", ""); answer.StatusCode != 200 || body != "ok" {
		t.Errorf("the node's own API: %s %s", answer.Status, body)
	}
	if answer, body := ask("GET", "/api/v1/nodes/n:1/proxy/", ""); answer.StatusCode != 503 || !strings.Contains(body, "error trying to reach service") {
		t.Errorf("a port where nobody is: %s %s", answer.Status, body)
	}
}

func decode(t *testing.T, answer *http.Response, into any) {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s is answered with %s %q", answer.Request.URL, answer.Status, body)
	}
}

// nothingLeft waits until no goroutine of a stream runs any more.
func nothingLeft(t *testing.T) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		var all strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
		left := ""
		for stack := range strings.SplitSeq(all.String(), "\n\n") {
			if strings.Contains(stack, "node/serve") || strings.Contains(stack, "spdystream.") || strings.Contains(stack, "base/tunnel.") {
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
