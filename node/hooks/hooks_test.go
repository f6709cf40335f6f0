package hooks

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node/handler"
)

type executor struct {
	what string
	err  error
}

func (e *executor) ExecSync(_ context.Context, id string, command []string, timeout time.Duration) ([]byte, []byte, error) {
	e.what = id + " " + strings.Join(command, " ") + " " + timeout.String()
	return []byte("some "), []byte("words"), e.err
}

func TestExec(t *testing.T) {
	e := &executor{}
	hook := &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"echo", "$(A)"}}}
	target := handler.Target{Container: &corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "1"}}}}
	if err := New(e).Run(t.Context(), hook, "id", target); err != nil {
		t.Error(err)
	}
	if want := "id echo $(A) 0s"; e.what != want {
		t.Errorf("ran %q, want %q", e.what, want)
	}
	e.err = utilexec.CodeExitError{Err: errors.New("exit 3"), Code: 3}
	if err := New(e).Run(t.Context(), hook, "id", target); !errors.Is(err, e.err) || !strings.Contains(err.Error(), "some words") {
		t.Errorf("error %v, want the code and what was written", err)
	}
}

func TestHTTP(t *testing.T) {
	var asked *http.Request
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.WriteHeader(http.StatusInternalServerError) // any answer is one
	})
	plain, secure := httptest.NewServer(serve), httptest.NewTLSServer(serve)
	defer plain.Close()
	defer secure.Close()
	for scheme, server := range map[corev1.URIScheme]*httptest.Server{corev1.URISchemeHTTP: plain, corev1.URISchemeHTTPS: secure} {
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		hook := &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/hook", Port: intstr.Parse(u.Port()), Scheme: scheme}}
		if err := New(&executor{}).Run(t.Context(), hook, "id", handler.Target{PodIP: "127.0.0.1", Container: &corev1.Container{}}); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		if asked == nil || asked.URL.Path != "/hook" || asked.UserAgent() != "kube-lifecycle/1.36" {
			t.Errorf("%s: asked %+v", scheme, asked)
		}
		asked = nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	hook := &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(int32(port))}}
	if err := New(&executor{}).Run(t.Context(), hook, "id", handler.Target{PodIP: "127.0.0.1", Container: &corev1.Container{}}); err == nil {
		t.Error("a hook that nobody answers succeeded")
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 5}}
		began := time.Now()
		if err := New(&executor{}).Run(t.Context(), hook, "id", handler.Target{}); err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("slept %v, error %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if err := New(&executor{}).Run(ctx, hook, "id", handler.Target{}); err == nil || time.Since(began) != time.Second {
			t.Errorf("slept %v, error %v, though the context ended", time.Since(began), err)
		}
	})
}

func TestWhatIsNotSupportedFails(t *testing.T) {
	for _, hook := range []*corev1.LifecycleHandler{{}, {TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)}}} {
		if err := New(&executor{}).Run(t.Context(), hook, "id", handler.Target{Container: &corev1.Container{}}); err == nil {
			t.Errorf("%+v succeeded", hook)
		}
	}
}
