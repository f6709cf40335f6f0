package runtime

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// lap is one pod's start, by its three calls. When StartContainer returns the program has been executed.
type lap struct{ sandbox, create, start time.Duration }

func (l lap) total() time.Duration { return l.sandbox + l.create + l.start }

func (b *bench) lap() (lap, func()) {
	ctx := context.Background()
	config, container := b.podConfig(), containerConfig("hold")
	var l lap
	began := time.Now()
	step := func(d *time.Duration, err error) {
		if err != nil {
			b.t.Fatal(err)
		}
		*d = time.Since(began)
		began = time.Now()
	}
	pod, err := b.RunPodSandbox(ctx, config, "")
	step(&l.sandbox, err)
	id, err := b.CreateContainer(ctx, pod, container, nil)
	step(&l.create, err)
	step(&l.start, b.StartContainer(ctx, id))
	return l, func() {
		if err := b.RemovePodSandbox(ctx, pod); err != nil {
			b.t.Error(err)
		}
	}
}

func percentile(laps []lap, p float64, of func(lap) time.Duration) float64 {
	list := make([]time.Duration, len(laps))
	for i, l := range laps {
		list[i] = of(l)
	}
	slices.Sort(list)
	return float64(list[min(int(float64(len(list))*p), len(list)-1)]) / float64(time.Millisecond)
}

func report(b *testing.B, laps []lap) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(percentile(laps, .5, lap.total), "p50-ms")
	b.ReportMetric(percentile(laps, .9, lap.total), "p90-ms")
	b.ReportMetric(percentile(laps, .5, func(l lap) time.Duration { return l.sandbox }), "sandbox-ms")
	b.ReportMetric(percentile(laps, .5, func(l lap) time.Duration { return l.create }), "create-ms")
	b.ReportMetric(percentile(laps, .5, func(l lap) time.Duration { return l.start }), "start-ms")
}

// BenchmarkPodStart measures the runtime's share of a pod's start: sandbox, create and start of one container with the
// default filter, without network and without image. Cold is one after a pause of 60 ms, as pods arrive in real life.
func BenchmarkPodStart(b *testing.B) {
	for name, pause := range map[string]time.Duration{"cold": 60 * time.Millisecond, "warm": 0} {
		b.Run(name, func(b *testing.B) {
			r := open(b)
			var laps []lap
			for b.Loop() {
				<-time.After(pause)
				l, remove := r.lap()
				laps = append(laps, l)
				remove()
			}
			report(b, laps)
		})
	}
	for _, n := range []int{10, 50} {
		b.Run(fmt.Sprintf("%d-at-once", n), func(b *testing.B) {
			r := open(b)
			var laps []lap
			var pods int
			var busy time.Duration
			for b.Loop() {
				var wg sync.WaitGroup
				var mu sync.Mutex
				var removes []func()
				began := time.Now()
				for range n {
					wg.Go(func() {
						l, remove := r.lap()
						mu.Lock()
						defer mu.Unlock()
						laps, removes = append(laps, l), append(removes, remove)
					})
				}
				wg.Wait()
				busy += time.Since(began)
				pods += n
				for _, remove := range removes {
					remove()
				}
			}
			report(b, laps)
			b.ReportMetric(float64(pods)/busy.Seconds(), "pods/s")
		})
	}
}

// BenchmarkAdoption measures how long a new agent needs to find 200 running pods.
func BenchmarkAdoption(b *testing.B) {
	r := open(b)
	names := make([]string, 200)
	if err := forEach(names, func(string) error { r.lap(); return nil }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r.restart()
	}
}
