package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/facts/pods"
	"argosy.dev/scheduler"
)

// The sizes are those that upstream was measured with: nodes of 32 CPUs in 3 zones, pods of 100m and 128Mi.

func benchNode(i int) *corev1.Node {
	return newNode(fmt.Sprintf("node-%05d", i), zone(string(rune('a'+i%3))), func(n *corev1.Node) {
		n.Status.Allocatable = corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("32"), corev1.ResourceMemory: resource.MustParse("256Gi"), corev1.ResourcePods: resource.MustParse("110"),
		}
		n.Status.Capacity = n.Status.Allocatable
	})
}

func benchPod(i int, edits ...func(*corev1.Pod)) *corev1.Pod {
	p := newPod(fmt.Sprintf("pod-%06d", i), "100m", edits...)
	p.Spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("128Mi")
	return p
}

// sorts of pods: plain ones, ten applications that keep apart on hosts, one that spreads over zones.
var sorts = []struct {
	name string
	pod  func(i int) *corev1.Pod
}{
	{"plain", func(i int) *corev1.Pod { return benchPod(i) }},
	{"apart", func(i int) *corev1.Pod {
		return benchPod(i, func(p *corev1.Pod) { p.Labels["app"] = fmt.Sprint("app-", i%10) }, awayFromEachOther)
	}},
	{"zones", func(i int) *corev1.Pod { return benchPod(i, spreadOverZones) }},
}

// BenchmarkBind is pods through the whole pipeline on a store in memory: created by 32 writers, decided, bound, and seen.
func BenchmarkBind(b *testing.B) {
	for _, nodes := range []int{1000, 5000} {
		for _, sort := range sorts {
			b.Run(fmt.Sprintf("%s/%d", sort.name, nodes), func(b *testing.B) { benchmarkBind(b, nodes, sort.pod) })
		}
	}
}

func benchmarkBind(b *testing.B, nodes int, makePod func(int) *corev1.Pod) {
	c := newCluster(b)
	ctx, cancel := context.WithCancel(context.Background())
	inParallel(nodes, func(i int) {
		if err := c.join(ctx, benchNode(i)); err != nil {
			b.Error(err)
		}
	})
	podClient := client.Pods(c)
	events := record.New(c, scheduler.Name, "", slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	running.Go(func() { events.Run(ctx) })
	running.Go(func() { _ = scheduler.New(c, events, scheduler.Options{Log: slog.New(slog.DiscardHandler)}).Run(ctx) })
	running.Go(func() {
		bound := 0
		_ = podClient.Follow(ctx, func(was, now *corev1.Pod) {
			if now != nil && pods.Scheduled(now) && (was == nil || !pods.Scheduled(was)) {
				if bound++; bound == b.N {
					cancel()
				}
			}
		})
	})
	runtime.GC()
	b.ResetTimer()
	began, cpu := time.Now(), processorTime(b)
	inParallel(b.N, func(i int) {
		if _, err := podClient.Create(context.Background(), makePod(i)); err != nil {
			b.Error(err)
		}
	})
	<-ctx.Done()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "pods/s")
	b.ReportMetric(float64((processorTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/pod")
	running.Wait()
}

func inParallel(n int, f func(i int)) {
	var group sync.WaitGroup
	for w := range 32 {
		group.Go(func() {
			for i := w; i < n; i += 32 {
				f(i)
			}
		})
	}
	group.Wait()
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLatency is one pod at a time on an idle cluster, from its creation to its binding being seen.
func BenchmarkLatency(b *testing.B) {
	c := newCluster(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := range 100 {
		if err := c.join(ctx, benchNode(i)); err != nil {
			b.Fatal(err)
		}
	}
	events := record.New(c, scheduler.Name, "", slog.New(slog.DiscardHandler))
	go events.Run(ctx)
	go func() { _ = scheduler.New(c, events, scheduler.Options{Log: slog.New(slog.DiscardHandler)}).Run(ctx) }()
	bound := make(chan string, 1)
	podClient := client.Pods(c)
	go func() {
		_ = podClient.Follow(ctx, func(was, now *corev1.Pod) {
			if now != nil && pods.Scheduled(now) && (was == nil || !pods.Scheduled(was)) {
				bound <- now.Name
			}
		})
	}()
	for i := 0; b.Loop(); i++ {
		if _, err := podClient.Create(ctx, benchPod(i)); err != nil {
			b.Fatal(err)
		}
		<-bound
		b.StopTimer()
		if err := podClient.Delete(ctx, "default", fmt.Sprintf("pod-%06d", i), metav1.DeleteOptions{GracePeriodSeconds: new(int64)}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
