package backoff

import (
	"math"
	"time"
)

// Policy is how waits grow. The zero Policy never waits.
type Policy struct {
	// First is the wait after the first failure.
	First time.Duration
	// Factor multiplies the wait after each further failure; below 1 it counts as 2.
	Factor float64
	// Cap is the longest wait before jitter; zero means no cap.
	Cap time.Duration
	// Jitter is the share of the wait by which it may grow at random, 0 to 1: with 0.1 a wait of 10 s becomes 10 to 11 s.
	// Waits only ever grow, so First is a promise.
	Jitter float64
}

// Wait returns how long to wait after the given number of failures in a row. No failures, no wait. random returns a number
// in [0,1), as rand.Float64 does; nil means no jitter.
func (p Policy) Wait(failures int, random func() float64) time.Duration {
	if failures <= 0 || p.First <= 0 {
		return 0
	}
	factor := p.Factor
	if !(factor >= 1) { // also what is no number
		factor = 2
	}
	limit := float64(math.MaxInt64)
	if p.Cap > 0 {
		limit = float64(p.Cap)
	}
	wait := math.Min(float64(p.First)*math.Pow(factor, float64(failures-1)), limit)
	if random != nil && p.Jitter > 0 {
		wait += wait * math.Min(p.Jitter, 1) * random()
	}
	if wait >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(wait)
}
