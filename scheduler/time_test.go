package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// In virtual time: a binding that fails is tried again after 1, 2, 4, 8, 10 and 10 seconds.
func TestFailedBindingsBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		w := run(t, func(w *world) {
			w.join(newNode("n1"))
			w.cluster.bind = func() error {
				if at = append(at, time.Since(began)); len(at) < 7 {
					return errors.New("not now")
				}
				return nil
			}
			w.create(newPod("p", "1"))
		})
		time.Sleep(time.Minute)
		w.bound("p")
		s := time.Second
		if want := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 25 * s, 35 * s}; !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
	})
}

// Pods come and go, bindings fail, nodes change and leave: in the end no room is lost and none was given twice.
func TestChurnLosesNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		var bindings atomic.Int64
		w := run(t, func(w *world) {
			for i := range 8 {
				w.join(newNode(fmt.Sprint("n", i), zone(string(rune('a'+i%2)))))
			}
			w.cluster.bind = func() error {
				if bindings.Add(1)%5 == 0 {
					return errors.New("not now")
				}
				return nil
			}
		})
		at := metav1.DeleteOptions{GracePeriodSeconds: new(int64)}
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 1500 {
			switch random.IntN(8) {
			case 0, 1, 2:
				w.create(newPod(fmt.Sprint("p", i), []string{"500m", "1", "2"}[i%3], func(p *corev1.Pod) { p.Labels["app"] = fmt.Sprint(i % 4) }, spreadOverZones))
			case 3:
				w.create(newPod(fmt.Sprint("p", i), "100m", func(p *corev1.Pod) { p.Labels["app"] = fmt.Sprint(i % 4) }, awayFromEachOther))
			case 4, 5, 6:
				if all := w.pods.List("default"); len(all) > 0 {
					if err := w.pods.Delete(ctx, "default", all[random.IntN(len(all))].Name, at); err != nil {
						t.Fatal(err)
					}
				}
			default:
				name := fmt.Sprint("n", random.IntN(8))
				if n, ok := w.nodes.Get("", name); !ok {
					w.join(newNode(name, zone("b")))
				} else if random.IntN(3) == 0 {
					if err := w.nodes.Delete(ctx, "", name, at); err != nil {
						t.Fatal(err)
					}
				} else {
					n = n.DeepCopy()
					zone([]string{"a", "b"}[random.IntN(2)])(n)
					if _, err := w.nodes.Update(ctx, n); err != nil {
						t.Fatal(err)
					}
				}
			}
			if i%10 == 0 {
				time.Sleep(100 * time.Millisecond)
			}
		}
		w.full()
		for _, p := range w.pods.List("default") {
			if err := w.pods.Delete(ctx, "default", p.Name, at); err != nil {
				t.Fatal(err)
			}
		}
		nodes := w.nodes.List("")
		for i := range 4*len(nodes) + 1 {
			w.create(newPod(fmt.Sprint("last-", i), "1"))
		}
		time.Sleep(time.Minute)
		if bound := w.full(); bound != 4*len(nodes) {
			t.Errorf("%d pods of one CPU are on %d nodes of four", bound, len(nodes))
		}
	})
}

// full checks that no node that is there has been given more than it has, and returns how many pods they have.
func (w *world) full() (bound int) {
	w.Helper()
	taken := map[string]int64{}
	for _, p := range w.pods.List("") {
		taken[p.Spec.NodeName] += p.Spec.Containers[0].Resources.Requests.Cpu().MilliValue()
		if _, there := w.nodes.Get("", p.Spec.NodeName); there {
			bound++
		}
	}
	for _, n := range w.nodes.List("") {
		if taken[n.Name] > n.Status.Allocatable.Cpu().MilliValue() {
			w.Errorf("%s has given away %dm", n.Name, taken[n.Name])
		}
	}
	return bound
}
