package fairness

import (
	"math"
	"time"
)

// smoothing is how much of the last estimate of a level's demand is kept, a period of adjustment later, where demand has fallen.
const smoothing = 0.977

// demand remembers how many seats a level could have used over a period.
type demand struct {
	now    int
	since  time.Time
	high   int
	begun  time.Time
	sum    float64 // of seats over time
	square float64
	smooth float64
}

func newDemand(now time.Time) demand { return demand{since: now, begun: now} }

// add notes that the demand changed.
func (d *demand) add(seats int, now time.Time) {
	d.pass(now)
	d.now += seats
	d.high = max(d.high, d.now)
}

func (d *demand) pass(now time.Time) {
	took, seats := now.Sub(d.since).Seconds(), float64(d.now)
	d.sum += seats * took
	d.square += seats * seats * took
	d.since = now
}

// period ends one period and begins the next; it returns the highest demand and the smoothed one.
func (d *demand) period(now time.Time) (high, smooth float64) {
	d.pass(now)
	envelope := float64(d.now)
	if took := now.Sub(d.begun).Seconds(); took > 0 {
		mean := d.sum / took
		envelope = mean + math.Sqrt(math.Max(0, d.square/took-mean*mean))
	}
	d.smooth = math.Max(envelope, smoothing*d.smooth+(1-smoothing)*envelope)
	high = float64(d.high)
	d.begun, d.sum, d.square, d.high = now, 0, 0, d.now
	return high, d.smooth
}
