package fairness

import (
	"sync"
	"time"
)

// level serves the requests of one priority level.
type level struct {
	mutex  sync.Mutex
	config Level
	bounds bounds
	limit  int

	seats  int // of those that are served
	queues []*queue
	// crowded are the queues with somebody waiting.
	crowded []*queue
	busy    int // queues with anybody waiting or served
	waiting int // seats of those that wait
	demand  demand
	// virtual is how much service, in seat seconds, each busy queue would have had, were all served at once.
	virtual float64
	at      time.Time
}

func newLevel(now time.Time) *level { return &level{demand: newDemand(now), at: now} }

// configure takes on new settings. Queues that are no longer wanted are emptied in their turn.
func (l *level) configure(c Level, b bounds) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.limit == 0 || b != l.bounds {
		l.limit = b.nominal
	}
	l.config, l.bounds = c, b
	for len(l.queues) < c.Queues {
		l.queues = append(l.queues, &queue{place: -1})
	}
	l.dispatch()
}

// pass lets virtual time go on.
func (l *level) pass(now time.Time) {
	if l.busy > 0 {
		l.virtual += now.Sub(l.at).Seconds() * float64(min(max(l.limit, 1), l.seats+l.waiting)) / float64(l.busy)
	}
	l.at = now
}

// enter serves a request at once, or puts it into a queue; why is set where it is turned away.
func (l *level) enter(s *stats, flow uint64, width int, now time.Time) (q *queue, w *waiter, why Reason) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.config.Exempt {
		l.demand.add(width, now)
		l.seats += width
		return nil, nil, ""
	}
	if l.config.Queues == 0 {
		if !l.fits(width) {
			return nil, nil, ConcurrencyLimit
		}
		l.demand.add(width, now)
		l.seats += width
		return nil, nil, ""
	}
	l.pass(now)
	q = l.choose(flow)
	if len(q.waiting) >= l.config.QueueLength {
		return nil, nil, QueueFull
	}
	l.demand.add(width, now)
	if !q.busy() {
		q.next = l.virtual
		l.busy++
	}
	if len(l.crowded) == 0 && l.fits(width) {
		l.serve(q, width)
		return q, nil, ""
	}
	w = &waiter{queue: q, stats: s, width: width, ready: make(chan struct{})}
	q.waiting = append(q.waiting, w)
	q.waitingSeats += width
	l.waiting += width
	s.waiting.Add(1)
	if q.place < 0 {
		q.place = len(l.crowded)
		l.crowded = append(l.crowded, q)
	}
	l.dispatch() // another's wide request may be all that stands in the way, and not this queue's
	return q, w, ""
}

// choose deals the flow its hand and takes the queue with the least to do.
func (l *level) choose(flow uint64) *queue {
	var cards [mostHand]int
	hand := cards[:min(max(l.config.Hand, 1), l.config.Queues, mostHand)]
	deal(flow, l.config.Queues, hand)
	var best *queue
	for _, card := range hand {
		if q := l.queues[card]; best == nil || q.waitingSeats+q.seats < best.waitingSeats+best.seats {
			best = q
		}
	}
	return best
}

// fits: what is wider than the level is served alone. A level without seats serves nobody.
func (l *level) fits(width int) bool {
	return l.seats+width <= l.limit || l.seats == 0 && l.limit > 0
}

func (l *level) serve(q *queue, width int) {
	l.seats += width
	q.seats += width
	q.next += guess * float64(width)
}

// dispatch serves those that wait, as far as there are seats. The one whose turn it is is waited for, however wide.
func (l *level) dispatch() {
	for len(l.crowded) > 0 {
		q := l.crowded[0]
		for _, other := range l.crowded[1:] {
			if other.finish() < q.finish() {
				q = other
			}
		}
		w := q.waiting[0]
		if !l.fits(w.width) {
			return
		}
		l.leave(w)
		l.serve(q, w.width)
		w.served = true
		close(w.ready)
	}
}

// leave takes a request out of its queue.
func (l *level) leave(w *waiter) {
	q := w.queue
	q.remove(w)
	l.waiting -= w.width
	w.stats.waiting.Add(-1)
	if len(q.waiting) == 0 {
		last := l.crowded[len(l.crowded)-1]
		l.crowded[q.place], last.place = last, q.place
		l.crowded, q.place = l.crowded[:len(l.crowded)-1], -1
	}
}

// giveUp ends a wait; false: the request is served already.
func (l *level) giveUp(w *waiter, now time.Time) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if w.served {
		return false
	}
	l.pass(now)
	l.leave(w)
	l.demand.add(-w.width, now)
	if !w.queue.busy() {
		l.busy--
	}
	l.dispatch()
	return true
}

// done ends a request that was served for a while.
func (l *level) done(q *queue, width int, took time.Duration, now time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.demand.add(-width, now)
	l.pass(now)
	l.seats -= width
	if q != nil {
		q.seats -= width
		// What was guessed is put right.
		q.next += (took.Seconds() - guess) * float64(width)
		if !q.busy() {
			l.busy--
		}
	}
	l.dispatch()
}

// want ends a period of demand.
func (l *level) want(now time.Time) want {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	high, smooth := l.demand.period(now)
	return want{exempt: l.config.Exempt, bounds: l.bounds, high: high, smooth: smooth}
}

func (l *level) setLimit(limit int, now time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.pass(now)
	l.limit = limit
	l.dispatch()
}
