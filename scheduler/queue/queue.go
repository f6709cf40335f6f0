package queue

import (
	"container/heap"
	"container/list"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/base/backoff"
	"argosy.dev/facts/pods"
	"argosy.dev/scheduler/snapshot"
)

// MaxWait is how long a pod waits at most before it is tried again.
const MaxWait = 5 * time.Minute

var cooling = backoff.Policy{First: time.Second, Factor: 2, Cap: 10 * time.Second}

// Entry is a pod in the queue.
type Entry struct {
	Pod *snapshot.Pod
	// Tries that led to no binding.
	Tries int
	// Class is the same for pods to which the cluster looks the same; "" as long as nobody needed it.
	Class string

	arrival uint64
	in      *line
	index   int // in its heap
	// until is when the pod has cooled down.
	until time.Time
	// While it waits: since when, and where.
	since   time.Time
	place   *list.Element
	waiting *Class
}

// Class is the pods that wait for the same.
type Class struct {
	Name string
	// Rules are those that refused any of the pods.
	Rules uint64
	pods  map[types.UID]*Entry
}

// Any is one of the pods.
func (c *Class) Any() *snapshot.Pod {
	for _, e := range c.pods {
		return e.Pod
	}
	return nil
}

// Queue is the pods. Make one with New.
type Queue struct {
	entries  map[types.UID]*Entry
	arrivals uint64
	// ready is tried first to last; woken and failed cool down.
	ready, woken, failed *line
	classes              map[string]*Class
	waiting              *list.List // of *Entry, the longest waiting first
}

// New makes an empty queue.
func New() *Queue {
	sooner := func(a, b *Entry) bool { return a.until.Before(b.until) }
	return &Queue{
		entries: map[types.UID]*Entry{}, classes: map[string]*Class{}, waiting: list.New(),
		ready: &line{before: first}, woken: &line{before: sooner}, failed: &line{before: sooner},
	}
}

func first(a, b *Entry) bool {
	if x, y := pods.Priority(a.Pod.Object), pods.Priority(b.Pod.Object); x != y {
		return x > y
	}
	return a.arrival < b.arrival
}

// Get finds a pod.
func (q *Queue) Get(uid types.UID) (*Entry, bool) {
	e, ok := q.entries[uid]
	return e, ok
}

// Waiting tells whether any pods wait for a change.
func (q *Queue) Waiting() bool { return q.waiting.Len() > 0 }

// Add takes in a pod that is new, or that changed in what it asks for: either is tried soon.
func (q *Queue) Add(p *snapshot.Pod, now time.Time) {
	e := q.entries[p.UID()]
	if e == nil {
		q.arrivals++
		e = &Entry{Pod: p, arrival: q.arrivals}
	} else {
		q.remove(e)
	}
	e.Pod, e.Class = p, ""
	q.rouse(e, now)
}

// Remove forgets a pod.
func (q *Queue) Remove(uid types.UID) {
	if e := q.entries[uid]; e != nil {
		q.remove(e)
	}
}

// Pop takes out the next pod to try; nil where there is none now. It is given back by Wait or Retry where it was not bound.
func (q *Queue) Pop(now time.Time) *Entry {
	q.advance(now)
	for _, l := range [...]*line{q.ready, q.woken} {
		if len(l.entries) > 0 {
			e := l.entries[0]
			q.remove(e)
			return e
		}
	}
	return nil
}

// Wait gives back a pod that no node suits. It waits until its class is woken.
func (q *Queue) Wait(e *Entry, rules uint64, now time.Time) {
	q.tried(e, now)
	c := q.classes[e.Class]
	if c == nil {
		c = &Class{Name: e.Class, pods: map[types.UID]*Entry{}}
		q.classes[e.Class] = c
	}
	c.Rules |= rules
	c.pods[e.Pod.UID()] = e
	e.waiting, e.since = c, now
	e.place = q.waiting.PushBack(e)
}

// Retry gives back a pod that could not be bound. It is tried again when it has cooled down.
func (q *Queue) Retry(e *Entry, now time.Time) {
	q.tried(e, now)
	q.failed.push(e)
}

func (q *Queue) tried(e *Entry, now time.Time) {
	q.Remove(e.Pod.UID())
	e.Tries++
	e.until = now.Add(cooling.Wait(e.Tries, nil))
	q.entries[e.Pod.UID()] = e
}

// Wake lets the pods of all classes for which helped is true be tried again.
func (q *Queue) Wake(helped func(*Class) bool, now time.Time) {
	for _, c := range q.classes {
		if !helped(c) {
			continue
		}
		for _, e := range c.pods {
			q.remove(e)
			q.rouse(e, now)
		}
	}
}

// Next is when Pop may have another pod; ok is false where that depends on others.
func (q *Queue) Next() (at time.Time, ok bool) {
	sooner := func(t time.Time) {
		if !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if len(q.failed.entries) > 0 {
		sooner(q.failed.entries[0].until)
	}
	if front := q.waiting.Front(); front != nil {
		sooner(front.Value.(*Entry).since.Add(MaxWait))
	}
	return at, ok
}

// advance moves what time has made ready.
func (q *Queue) advance(now time.Time) {
	for front := q.waiting.Front(); front != nil; front = q.waiting.Front() {
		e := front.Value.(*Entry)
		if now.Sub(e.since) < MaxWait {
			break
		}
		q.remove(e)
		q.rouse(e, now)
	}
	for _, l := range [...]*line{q.woken, q.failed} {
		for len(l.entries) > 0 && !l.entries[0].until.After(now) {
			e := l.entries[0]
			q.remove(e)
			q.rouse(e, now)
		}
	}
}

// rouse puts a pod that is nowhere where it can be tried.
func (q *Queue) rouse(e *Entry, now time.Time) {
	q.entries[e.Pod.UID()] = e
	if e.until.After(now) {
		q.woken.push(e)
	} else {
		q.ready.push(e)
	}
}

// remove takes a pod from wherever it is.
func (q *Queue) remove(e *Entry) {
	delete(q.entries, e.Pod.UID())
	if e.in != nil {
		heap.Remove(e.in, e.index)
		e.in = nil
	}
	if c := e.waiting; c != nil {
		e.waiting = nil
		q.waiting.Remove(e.place)
		if delete(c.pods, e.Pod.UID()); len(c.pods) == 0 {
			delete(q.classes, c.Name)
		}
	}
}
