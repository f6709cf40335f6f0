package queue

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/scheduler/snapshot"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func after(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

func pod(name string, priority int32) *snapshot.Pod {
	return snapshot.NewPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}, Spec: corev1.PodSpec{Priority: &priority}})
}

// pop expects a pod, or none where name is "".
func pop(t *testing.T, q *Queue, now time.Time, name string) *Entry {
	t.Helper()
	e := q.Pop(now)
	got := ""
	if e != nil {
		got = e.Pod.Object.Name
	}
	if got != name {
		t.Fatalf("%s popped %q, want %q", now.Format("15:04:05.000"), got, name)
	}
	return e
}

func all(*Class) bool { return true }

func TestOrder(t *testing.T) {
	q := New()
	for i, p := range []int32{0, 5, 0, 10, 5} {
		q.Add(pod(fmt.Sprint("p", i), p), start)
	}
	q.Add(pod("gone", 100), start)
	q.Remove("gone")
	for _, name := range []string{"p3", "p1", "p4", "p0", "p2", ""} {
		pop(t, q, start, name)
	}
}

func TestWaitsUntilWoken(t *testing.T) {
	q := New()
	for _, name := range []string{"a", "b", "c"} {
		q.Add(pod(name, 0), start)
	}
	for range 3 {
		e := q.Pop(start)
		e.Class = "one"
		if e.Pod.Object.Name == "c" {
			e.Class = "two"
		}
		q.Wait(e, 1<<3, start)
	}
	if !q.Waiting() {
		t.Fatal("nobody waits")
	}
	pop(t, q, after(60), "")
	asked := 0
	q.Wake(func(c *Class) bool {
		asked++
		return c.Name == "one" && c.Rules == 1<<3 && c.Any() != nil
	}, after(60))
	if asked != 2 {
		t.Errorf("asked about %d classes, want 2", asked)
	}
	pop(t, q, after(60), "a")
	pop(t, q, after(60), "b")
	pop(t, q, after(60), "")
	if at, ok := q.Next(); !ok || !at.Equal(start.Add(MaxWait)) {
		t.Errorf("next at %v, %v; want when c has waited for long", at, ok)
	}
	pop(t, q, start.Add(MaxWait), "c")
	if _, ok := q.Next(); ok || q.Waiting() {
		t.Error("something is left")
	}
}

// Who was woken before it has cooled down comes after all that are ready, but does not wait where there are none.
func TestWokenWhileCooling(t *testing.T) {
	q := New()
	q.Add(pod("old", 100), start)
	e := pop(t, q, start, "old")
	e.Class = "c"
	q.Wait(e, 0, start)
	q.Wake(all, after(0.5))
	q.Add(pod("new", 0), after(0.5))
	pop(t, q, after(0.5), "new")
	pop(t, q, after(0.5), "old")
	q.Wait(e, 0, after(0.5))
	q.Add(pod("new", 0), after(3))
	q.Wake(all, after(3))
	pop(t, q, after(3), "old") // it has cooled down
}

// A try that failed is repeated after 1, 2, 4, 8, 10, 10 seconds, not sooner.
func TestRetriesLaterAndLater(t *testing.T) {
	q := New()
	q.Add(pod("p", 0), start)
	now := 0.0
	for _, wait := range []float64{1, 2, 4, 8, 10, 10} {
		e := pop(t, q, after(now), "p")
		q.Retry(e, after(now))
		pop(t, q, after(now+wait-0.001), "")
		if at, ok := q.Next(); !ok || !at.Equal(after(now+wait)) {
			t.Errorf("next at %v, %v; want %v", at, ok, after(now+wait))
		}
		now += wait
	}
	pop(t, q, after(now), "p")
}

func TestChangedPodIsTriedSoon(t *testing.T) {
	q := New()
	q.Add(pod("p", 0), start)
	e := pop(t, q, start, "p")
	e.Class = "c"
	q.Wait(e, 0, start)
	q.Add(pod("p", 0), after(2))
	if got := pop(t, q, after(2), "p"); got.Class != "" || got.Tries != 1 {
		t.Errorf("class %q after a change, %d tries", got.Class, got.Tries)
	}
	if q.Waiting() || len(q.classes) != 0 || len(q.entries) != 0 {
		t.Error("it still waits as what it was")
	}
}

func TestRemoveFromEverywhere(t *testing.T) {
	for where, put := range map[string]func(*Queue, *Entry){
		"waiting": func(q *Queue, e *Entry) { q.Wait(e, 0, start) },
		"woken":   func(q *Queue, e *Entry) { q.Wait(e, 0, start); q.Wake(all, start) },
		"failed":  func(q *Queue, e *Entry) { q.Retry(e, start) },
		"ready":   func(q *Queue, e *Entry) { q.Add(e.Pod, start) },
	} {
		q := New()
		q.Add(pod("p", 0), start)
		put(q, q.Pop(start))
		q.Remove("p")
		if _, ok := q.Next(); ok || q.Pop(start.Add(time.Hour)) != nil || q.Waiting() || len(q.entries)+len(q.classes) != 0 {
			t.Errorf("%s: the pod is still there", where)
		}
	}
}
