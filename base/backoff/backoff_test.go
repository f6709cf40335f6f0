package backoff

import (
	"math"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	almostOne := func() float64 { return math.Nextafter(1, 0) }
	crashLoop := Policy{First: 10 * time.Second, Factor: 2, Cap: 5 * time.Minute}
	jittered := Policy{First: 10 * time.Second, Factor: 2, Cap: 5 * time.Minute, Jitter: 0.5}
	for _, tc := range []struct {
		name     string
		policy   Policy
		failures int
		random   func() float64
		want     time.Duration
	}{
		{"none failed", crashLoop, 0, nil, 0},
		{"a negative count", crashLoop, -3, nil, 0},
		{"first", crashLoop, 1, nil, 10 * time.Second},
		{"grows", crashLoop, 4, nil, 80 * time.Second},
		{"capped", crashLoop, 6, nil, 5 * time.Minute},
		{"capped after very many", crashLoop, math.MaxInt, nil, 5 * time.Minute},
		{"factor defaults to two", Policy{First: time.Second}, 3, nil, 4 * time.Second},
		{"constant", Policy{First: time.Second, Factor: 1}, 9, nil, time.Second},
		{"uncapped does not overflow", Policy{First: time.Second}, 500, nil, math.MaxInt64},
		{"the zero policy", Policy{}, 5, almostOne, 0},
		{"jitter at its least", jittered, 1, func() float64 { return 0 }, 10 * time.Second},
		{"jitter in the middle", jittered, 1, func() float64 { return 0.5 }, 12500 * time.Millisecond},
		{"jitter on the cap", jittered, 50, func() float64 { return 0.5 }, 375 * time.Second},
		{"jitter does not overflow", Policy{First: time.Second, Jitter: 1}, 500, almostOne, math.MaxInt64},
		{"more than all is all", Policy{First: time.Second, Jitter: 7}, 1, func() float64 { return 0.5 }, 1500 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.policy.Wait(tc.failures, tc.random); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func FuzzWait(f *testing.F) {
	f.Add(int64(time.Second), 2.0, int64(time.Minute), 0.2, 5, 0.3)
	f.Fuzz(func(t *testing.T, first int64, factor float64, limit int64, jitter float64, failures int, random float64) {
		if !(random >= 0 && random < 1) {
			t.Skip()
		}
		p := Policy{First: time.Duration(first), Factor: factor, Cap: time.Duration(limit), Jitter: jitter}
		wait := p.Wait(failures, func() float64 { return random })
		if wait < 0 {
			t.Fatalf("%+v waits %v after %d failures", p, wait, failures)
		}
		if p.Cap > 0 && p.Cap < math.MaxInt64/4 && wait > 2*p.Cap {
			t.Fatalf("%+v waits %v, beyond its cap and jitter", p, wait)
		}
	})
}
