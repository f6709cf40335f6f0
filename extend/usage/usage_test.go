package usage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// text is what a node tells when its pod has used so many seconds of processors.
func text(at time.Time, node, main float64, started time.Time) string {
	ms := at.UnixMilli()
	return fmt.Sprintf(`# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total %g %d
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 1.048576e+06 %d
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="main",namespace="ns",pod="web"} %g %d
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="main",namespace="ns",pod="web"} 2048 %d
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="main",namespace="ns",pod="web"} %d
`, node, ms, ms, main, ms, ms, started.Unix())
}

// node answers with figures that grow with time: two processors of the machine, half a one of the pod's.
type node struct {
	mu    sync.Mutex
	asked int
	since time.Time
	fault error
}

func (n *node) fetch(_ context.Context, _, path string) (io.ReadCloser, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	if n.fault != nil {
		return nil, n.fault
	}
	if path != "metrics/resource" {
		return nil, fmt.Errorf("asked for %s", path)
	}
	ran := time.Since(n.since).Seconds()
	return io.NopCloser(strings.NewReader(text(time.Now(), 2*ran, ran/2, n.since))), nil
}

func TestManyReadersCostOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, w := &node{since: time.Now().Add(-time.Hour)}, newWatched()
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web", Labels: map[string]string{"app": "web"}}}
		var readers sync.WaitGroup
		for range 100 {
			readers.Go(func() {
				p, err := w.look(t.Context(), "one", n.fetch)
				if err != nil {
					t.Error(err)
					return
				}
				u, ok := p.node()
				if !ok || u.cpu != 2e9 || u.memory != 1<<20 || u.window != settle {
					t.Errorf("the node uses %+v, %v", u, ok)
				}
				m := p.pod(pod)
				if m == nil || m.Containers[0].Usage.Cpu().MilliValue() != 500 || m.Containers[0].Usage.Memory().Value() != 2048 || m.Labels["app"] != "web" {
					t.Errorf("the pod uses %+v", m)
				}
			})
		}
		readers.Wait()
		if n.asked != 2 {
			t.Errorf("the node was asked %d times, want twice", n.asked)
		}
		time.Sleep(fresh)
		p, err := w.look(t.Context(), "one", n.fetch)
		if u, ok := p.node(); err != nil || !ok || u.window != fresh || n.asked != 3 {
			t.Errorf("a while later: %+v %v %v, asked %d times", u, ok, err, n.asked)
		}
		time.Sleep(longest + time.Second)
		p, _ = w.look(t.Context(), "one", n.fetch)
		if u, _ := p.node(); u.window != settle {
			t.Errorf("long after, a rate over %v is told", u.window)
		}
	})
}

func TestAFailureIsNotTriedAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, w := &node{since: time.Now(), fault: errors.New("no route")}, newWatched()
		for range 10 {
			if _, err := w.look(t.Context(), "one", n.fetch); err == nil || !strings.Contains(err.Error(), "asking node one what it uses: no route") {
				t.Fatal(err)
			}
		}
		if n.asked != 1 {
			t.Errorf("asked %d times", n.asked)
		}
		n.fault = nil
		time.Sleep(fresh)
		if _, err := w.look(t.Context(), "one", n.fetch); err != nil {
			t.Error(err)
		}
	})
}

func TestBetween(t *testing.T) {
	at := time.Unix(1000, 0)
	count := func(after time.Duration, cpu uint64, started time.Duration) counted {
		return counted{at: at.Add(after), cpu: cpu, started: at.Add(started)}
	}
	for _, c := range []struct {
		name        string
		before, now counted
		known, ok   bool
		cpu         uint64
	}{
		{"a steady one", count(0, 1e9, -time.Hour), count(2*time.Second, 2e9, -time.Hour), true, true, 5e8},
		{"one that is new", counted{at: at}, count(2*time.Second, 5e8, time.Second), false, true, 5e8},
		{"one of unknown start", counted{}, counted{at: at, cpu: 1}, false, false, 0},
		{"one that was started again", count(0, 9e9, -time.Hour), count(2*time.Second, 1e9, time.Second), true, true, 1e9},
		{"a counter that went back", count(0, 9e9, -time.Hour), count(2*time.Second, 1e9, -time.Hour), true, false, 0},
		{"too short", count(0, 0, -time.Hour), count(time.Millisecond, 1e9, -time.Hour), true, false, 0},
	} {
		if u, ok := between(c.before, c.now, c.known); ok != c.ok || u.cpu != c.cpu {
			t.Errorf("%s: %+v, %v", c.name, u, ok)
		}
	}
}
