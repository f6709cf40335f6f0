package probes

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"argosy.dev/node/handler"
)

func newChecker() *checker {
	return &checker{transport: handler.Transport(), agent: "kube-probe/1.36"}
}

// target is a container whose port "web" is a server's.
func target(t *testing.T, address string) handler.Target {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return handler.Target{PodIP: "127.0.0.1", Container: &corev1.Container{Name: "c", Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: int32(number)}}}}
}

// closed is an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func expect(t *testing.T, got result, err error, want outcome, text string) {
	t.Helper()
	if err != nil || got.outcome != want || !strings.Contains(got.text, text) {
		t.Errorf("%+v, error %v, want outcome %d and a text with %q", got, err, want, text)
	}
}

func web(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/code/"):
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/code/"))
		w.WriteHeader(code)
	case r.URL.Path == "/near":
		http.Redirect(w, r, "/code/"+r.URL.Query().Get("to"), http.StatusFound)
	case r.URL.Path == "/far":
		http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
	case r.URL.Path == "/round":
		http.Redirect(w, r, "/round", http.StatusFound)
	case r.URL.Path == "/who":
		if r.Host != "name.example" || r.Header.Get("X-A") != "1" || r.UserAgent() != "kube-probe/1.36" || r.Header.Get("Accept") != "*/*" || !r.Close {
			w.WriteHeader(http.StatusTeapot)
		}
	case r.URL.Path == "/long":
		fmt.Fprint(w, strings.Repeat("x", 1<<20))
	case r.URL.Path == "/hang":
		<-r.Context().Done()
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestHTTP(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(web))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(web))
	defer secure.Close()
	tests := map[string]struct {
		path   string
		scheme corev1.URIScheme
		want   outcome
		text   string
	}{
		"200":                              {path: "/code/200", want: passed},
		"204":                              {path: "/code/204", want: passed},
		"304":                              {path: "/code/304", want: passed},
		"400":                              {path: "/code/400", want: failed, text: "HTTP probe failed with statuscode: 400"},
		"500":                              {path: "/code/500", want: failed, text: "HTTP probe failed with statuscode: 500"},
		"path without its slash":           {path: "code/200", want: passed},
		"redirect on the host":             {path: "/near?to=200", want: passed},
		"redirect on the host to an error": {path: "/near?to=503", want: failed, text: "statuscode: 503"},
		"redirect to another host":         {path: "/far", want: passed, text: "Probe terminated redirects"},
		"redirects without end":            {path: "/round", want: failed, text: "stopped after 10 redirects"},
		"headers":                          {path: "/who", want: passed},
		"https, certificate unknown":       {path: "/code/200", scheme: corev1.URISchemeHTTPS, want: passed},
		"an answer longer than is read":    {path: "/long", want: passed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := plain
			if test.scheme == corev1.URISchemeHTTPS {
				server = secure
			}
			u, _ := url.Parse(server.URL)
			get := &corev1.HTTPGetAction{Path: test.path, Port: intstr.FromString("web"), Scheme: test.scheme,
				HTTPHeaders: []corev1.HTTPHeader{{Name: "host", Value: "name.example"}, {Name: "x-a", Value: "1"}}}
			got, err := newChecker().http(t.Context(), get, target(t, u.Host), 10*time.Second)
			expect(t, got, err, test.want, test.text)
			if len(got.text) > outputMax+100 {
				t.Errorf("%d bytes are told", len(got.text))
			}
		})
	}
}

func TestHTTPThatCannotBeAsked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(web))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	c := newChecker()
	got, err := c.http(t.Context(), &corev1.HTTPGetAction{Path: "/hang", Port: intstr.FromString("web")}, target(t, u.Host), 50*time.Millisecond)
	expect(t, got, err, failed, "Client.Timeout exceeded")
	got, err = c.http(t.Context(), &corev1.HTTPGetAction{Path: "/", Port: intstr.FromString("web")}, target(t, closed(t)), time.Second)
	expect(t, got, err, failed, "connect: connection refused")
	if _, err = c.http(t.Context(), &corev1.HTTPGetAction{Path: "/", Port: intstr.FromString("none")}, target(t, u.Host), time.Second); err == nil {
		t.Error("a port that the container does not have was asked")
	}
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := newChecker()
	at := &corev1.TCPSocketAction{Port: intstr.FromString("web")}
	got, err := c.tcp(t.Context(), at, target(t, l.Addr().String()), time.Second)
	expect(t, got, err, passed, "")
	got, err = c.tcp(t.Context(), at, target(t, closed(t)), time.Second)
	expect(t, got, err, failed, "connection refused")
}

func TestGRPC(t *testing.T) {
	listen := func(register func(*grpc.Server)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := grpc.NewServer()
		register(s)
		go func() { _ = s.Serve(l) }()
		t.Cleanup(s.Stop)
		return l.Addr().String()
	}
	checked := listen(func(s *grpc.Server) {
		h := health.NewServer()
		h.SetServingStatus("sick", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
		grpc_health_v1.RegisterHealthServer(s, h)
	})
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never speaks
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := map[string]struct {
		address, service string
		want             outcome
		text             string
	}{
		"the whole server":  {checked, "", passed, "service healthy"},
		"a service":         {checked, "sick", failed, `service unhealthy (responded with "NOT_SERVING")`},
		"unknown service":   {checked, "other", failed, "error: health rpc probe failed: unknown service"},
		"no health service": {listen(func(*grpc.Server) {}), "", failed, "does not implement the grpc health protocol"},
		"nobody listens":    {closed(t), "", failed, "failed to connect"},
		"no answer":         {silent.Addr().String(), "", failed, "timeout: health rpc did not complete within"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			timeout := 10 * time.Second
			if test.address == silent.Addr().String() {
				timeout = 100 * time.Millisecond
			}
			got := newChecker().grpc(t.Context(), test.address, test.service, timeout)
			expect(t, got, nil, test.want, test.text)
		})
	}
}

// TestWhatIsAsked shows which action a probe takes, and that a command sees the variables that the spec has.
func TestWhatIsAsked(t *testing.T) {
	seen := &executor{}
	c := newChecker()
	c.runtime = seen
	container := &corev1.Container{Name: "c", Env: []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "B", ValueFrom: &corev1.EnvVarSource{}}}}
	p := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"test", "$(A)", "$(B)", "$$(A)"}}}, TimeoutSeconds: 7}
	got, err := c.check(t.Context(), p, "id", handler.Target{Container: container})
	expect(t, got, err, passed, "")
	if want := "id test 1 $(B) $(A) 7s"; seen.what != want {
		t.Errorf("ran %q, want %q", seen.what, want)
	}
	if _, err := c.check(t.Context(), &corev1.Probe{}, "id", handler.Target{Container: container}); err == nil {
		t.Error("a probe that does nothing passed")
	}
	p = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 0, Service: ptr.To("x")}}}
	if _, err := c.check(t.Context(), p, "id", handler.Target{Container: container}); err == nil {
		t.Error("port 0 was asked")
	}
}

type executor struct{ what string }

func (e *executor) ExecSync(_ context.Context, id string, command []string, timeout time.Duration) ([]byte, []byte, error) {
	e.what = id + " " + strings.Join(command, " ") + " " + timeout.String()
	return nil, nil, nil
}
