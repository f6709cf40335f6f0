package fairness

// guess is how long a request is taken to last until it is over, in seconds.
const guess = 0.003

// queue is the requests of the flows that have it in their hands.
type queue struct {
	waiting []*waiter
	// waitingSeats and seats are the widths of those that wait and those that are served.
	waitingSeats, seats int
	// next is the virtual time at which the next request of the queue would begin, were all queues served at once.
	next float64
	// place is where the queue is among those with somebody waiting; -1 for nowhere.
	place int
}

func (q *queue) busy() bool { return len(q.waiting) > 0 || q.seats > 0 }

// waiter is a request in a queue.
type waiter struct {
	queue *queue
	stats *stats
	width int
	// ready is closed when the request may go on. served is guarded by the level.
	ready  chan struct{}
	served bool
}

// finish is the virtual time at which the queue's first would be over.
func (q *queue) finish() float64 { return q.next + guess*float64(q.waiting[0].width) }

func (q *queue) remove(w *waiter) {
	for i, other := range q.waiting {
		if other == w {
			copy(q.waiting[i:], q.waiting[i+1:])
			q.waiting[len(q.waiting)-1] = nil
			q.waiting = q.waiting[:len(q.waiting)-1]
			q.waitingSeats -= w.width
			return
		}
	}
}
