package probes

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/node/handler"
)

// BenchmarkProbe measures what one run of a probe costs, the answering side in this process included: cpu-µs/op is processor time of the
// whole process. A hundred pods that are each asked once a second cost a hundred times that in a second.
func BenchmarkProbe(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	port := intstr.Parse(u.Port())
	target := handler.Target{PodIP: "127.0.0.1", Container: &corev1.Container{}}
	c := newChecker()
	c.runtime = nothing{}
	for name, h := range map[string]corev1.ProbeHandler{
		"http": {HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: port}},
		"tcp":  {TCPSocket: &corev1.TCPSocketAction{Port: port}},
		"exec": {Exec: &corev1.ExecAction{Command: []string{"true"}}}, // the runtime's part not included
	} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				if r, err := c.check(b.Context(), &corev1.Probe{ProbeHandler: h, TimeoutSeconds: 1}, "id", target); err != nil || r.outcome != passed {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

type nothing struct{}

func (nothing) ExecSync(context.Context, string, []string, time.Duration) ([]byte, []byte, error) {
	return nil, nil, nil
}

func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
