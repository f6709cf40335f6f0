package figures

import (
	"sync"
	"time"
)

const (
	// shortest is the shortest time over which a rate is told: shorter, it is noise.
	shortest = 250 * time.Millisecond
	// longest is the longest: what a reader is told should be about now.
	longest = 2 * time.Minute
)

// sample is the processor time, in nanoseconds, that somebody had used up at a time.
type sample struct {
	at    time.Time
	total uint64
}

// rates makes rates of use from samples, whoever asked for them.
type rates struct {
	mu   sync.Mutex
	last map[string]sample
	now  map[string]uint64 // by key; of the newest two samples that are far enough apart
}

// take notes samples. Whose key is not among them is forgotten.
func (r *rates) take(samples map[string]sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := make(map[string]uint64, len(samples))
	for key, s := range samples {
		before, ok := r.last[key]
		took := s.at.Sub(before.at)
		switch {
		case !ok || took > longest || s.total < before.total:
		case took < shortest:
			// The earlier sample goes on to be what the next is compared with.
			samples[key] = before
			if rate, ok := r.now[key]; ok {
				now[key] = rate
			}
		default:
			now[key] = uint64(float64(s.total-before.total) / took.Seconds())
		}
	}
	r.last, r.now = samples, now
}

// of is the rate of a key, in nanoseconds a second; nil where it is not known.
func (r *rates) of(key string) *uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rate, ok := r.now[key]; ok {
		return &rate
	}
	return nil
}

// missing tells that some key has no rate.
func (r *rates) missing(keys []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		if _, ok := r.now[key]; !ok {
			return true
		}
	}
	return false
}
