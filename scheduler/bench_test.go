package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/facts/pods"
	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/snapshot"
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

// BenchmarkDecide is decisions alone, with the pod being looked at and counted on its node.
func BenchmarkDecide(b *testing.B) {
	for _, nodes := range []int{100, 1000, 5000} {
		for _, sort := range sorts {
			b.Run(fmt.Sprintf("%s/%d", sort.name, nodes), func(b *testing.B) { benchmarkDecide(b, nodes, sort.pod) })
		}
	}
}

func benchmarkDecide(b *testing.B, nodes int, makePod func(int) *corev1.Pod) {
	s := snapshot.New()
	for i := range nodes {
		s.SetNode(benchNode(i))
	}
	d := decide.New(order(), rand.New(rand.NewPCG(1, 2)))
	// Pods go as they come, so that the cluster stays half full however long this runs.
	keep := nodes * 5
	made := make([]*corev1.Pod, keep)
	for i := range made {
		made[i] = makePod(i)
		made[i].UID = types.UID(made[i].Name)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		obj := made[i%keep]
		s.Remove(obj.UID)
		p := snapshot.NewPod(obj)
		n, why := d.Decide(p, s)
		if n == nil {
			b.Fatal(why.Message)
		}
		s.Place(p, n.Name)
	}
}

// BenchmarkRefuse is decisions about pods that no node suits.
func BenchmarkRefuse(b *testing.B) {
	s := snapshot.New()
	for i := range 5000 {
		s.SetNode(benchNode(i))
	}
	d := decide.New(order(), rand.New(rand.NewPCG(1, 2)))
	p := snapshot.NewPod(newPod("p", "33"))
	b.ReportAllocs()
	for b.Loop() {
		if n, _ := d.Decide(p, s); n != nil {
			b.Fatal("it suits", n.Name)
		}
	}
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
		if _, err := client.Nodes(c).Create(ctx, benchNode(i)); err != nil {
			b.Error(err)
		}
	})
	podClient := client.Pods(c)
	events := record.New(c, Name, "", slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	running.Go(func() { events.Run(ctx) })
	running.Go(func() { _ = New(c, events, Options{Log: slog.New(slog.DiscardHandler)}).Run(ctx) })
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
