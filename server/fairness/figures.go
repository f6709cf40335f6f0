package fairness

import (
	"sync/atomic"
	"time"
)

// waitBuckets are the upper bounds of the histogram of waits.
var waitBuckets = []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second}

// stats count the requests of a schema in a level.
type stats struct {
	dispatched, serving, waiting atomic.Int64
	full, limited, late, gone    atomic.Int64
	waits                        [14]atomic.Int64 // those that waited at all, the last past all bounds
	waitTime                     atomic.Int64
}

func (s *stats) reject(why Reason) {
	switch why {
	case QueueFull:
		s.full.Add(1)
	case ConcurrencyLimit:
		s.limited.Add(1)
	case TimeOut:
		s.late.Add(1)
	case Cancelled:
		s.gone.Add(1)
	}
}

func (s *stats) waited(d time.Duration) {
	i := 0
	for i < len(waitBuckets) && d > waitBuckets[i] {
		i++
	}
	s.waits[i].Add(1)
	s.waitTime.Add(int64(d))
}

// FlowFigures are the counts of a schema in a level.
type FlowFigures struct {
	Schema, Level                string
	Dispatched, Serving, Waiting int64
	Rejected                     map[Reason]int64
	// Waits are the requests that waited no longer than each bound, those that did not wait at all included.
	Waits    map[float64]uint64
	WaitTime time.Duration
	Waited   uint64
}

// LevelFigures are a level's seats.
type LevelFigures struct {
	Name                                           string
	Nominal, Lower, Upper, Limit, Serving, Waiting int
}

// Flows tells of each schema.
func (g *Gate) Flows() []FlowFigures {
	p := g.current.Load()
	list := make([]FlowFigures, 0, len(p.routes))
	for i := range p.routes {
		r := &p.routes[i]
		s := r.stats
		f := FlowFigures{Schema: r.ids.Schema, Level: r.ids.Level, Dispatched: s.dispatched.Load(), Serving: s.serving.Load(), Waiting: s.waiting.Load(),
			Rejected: map[Reason]int64{QueueFull: s.full.Load(), ConcurrencyLimit: s.limited.Load(), TimeOut: s.late.Load(), Cancelled: s.gone.Load()},
			Waits:    map[float64]uint64{}, WaitTime: time.Duration(s.waitTime.Load())}
		var counts [14]uint64
		inQueue := uint64(0)
		for n := range counts {
			counts[n] = uint64(s.waits[n].Load())
			inQueue += counts[n]
		}
		// All others were served at once. What is counted in between must not make the difference negative.
		if all := uint64(f.Dispatched + s.late.Load() + s.gone.Load()); all > inQueue {
			counts[0] += all - inQueue
		}
		for n, bound := range waitBuckets {
			f.Waited += counts[n]
			f.Waits[bound.Seconds()] = f.Waited
		}
		f.Waited += counts[len(waitBuckets)]
		list = append(list, f)
	}
	return list
}

// Levels tells of each level.
func (g *Gate) Levels() []LevelFigures {
	p := g.current.Load()
	list := make([]LevelFigures, len(p.levels))
	for i, l := range p.levels {
		l.mutex.Lock()
		list[i] = LevelFigures{Name: l.config.Name, Nominal: l.bounds.nominal, Lower: l.bounds.least, Upper: l.bounds.most, Limit: l.limit, Serving: l.seats, Waiting: l.waiting}
		l.mutex.Unlock()
	}
	return list
}
