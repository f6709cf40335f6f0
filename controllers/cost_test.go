package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/client"
	"argosy.dev/controllers"
	"argosy.dev/controllers/controllertest"
)

// BenchmarkRollout creates deployments all at once, and reports what a pod costs until all are available: CPU time of the whole
// process, the pretended node included, and writes.
func BenchmarkRollout(b *testing.B) {
	for _, size := range []struct{ count, replicas int32 }{{100, 10}, {1, 1000}} {
		b.Run(fmt.Sprintf("%dx%d", size.count, size.replicas), func(b *testing.B) {
			for b.Loop() {
				rollout(b, size.count, size.replicas)
			}
		})
	}
}

func rollout(b *testing.B, count, replicas int32) {
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	c := controllertest.New(b)
	node := &controllertest.Node{Name: "n1"}
	running.Go(func() { node.Run(ctx, b, c) })
	for _, loop := range controllers.All(func(string) client.Cluster { return c }, controllers.Options{}) {
		running.Go(func() {
			if err := loop.Run(ctx); err != nil {
				b.Error(err)
			}
		})
	}
	before, began := cpu(b), time.Now()
	done := make(chan struct{})
	running.Go(func() {
		available := map[string]bool{}
		_ = client.Deployments(c).Follow(ctx, func(_, d *appsv1.Deployment) {
			if d == nil || d.Status.AvailableReplicas < replicas || available[d.Name] {
				return
			}
			if available[d.Name] = true; len(available) == int(count) {
				close(done)
			}
		})
	})
	for i := range count {
		if _, err := client.Deployments(c).Create(ctx, web(fmt.Sprintf("web-%03d", i), replicas)); err != nil {
			b.Fatal(err)
		}
	}
	<-done
	pods := float64(count * replicas)
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/pods, "cpu-µs/pod")
	b.ReportMetric(time.Since(began).Seconds(), "s")
	var writes []string
	total := 0
	for what, n := range c.Writes() {
		total += n
		writes = append(writes, fmt.Sprintf("%s %.2f", what, float64(n)/pods))
	}
	slices.Sort(writes)
	b.ReportMetric(float64(total)/pods, "writes/pod")
	b.Log(strings.Join(writes, "; "))
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
