package unused

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Policy is when images go, and how many ended runs of a container stay.
type Policy struct {
	// High is the part of the disk, in percent, from which on images go until no more than Low is used. 100 keeps them all.
	High, Low int
	// MinAge is how long an image is kept at least, MaxAge how long it may be unused; 0 for as long as there is room.
	MinAge, MaxAge time.Duration
	// Dead is how many ended runs of a container stay.
	Dead int
}

// Default is upstream's policy.
func Default() Policy { return Policy{High: 85, Low: 80, MinAge: 2 * time.Minute, Dead: 1} }

// Validate names the flag that is wrong.
func (p Policy) Validate() error {
	switch {
	case p.High < 0 || p.High > 100:
		return fmt.Errorf("--image-gc-high-threshold %d: want a percentage between 0 and 100", p.High)
	case p.Low < 0 || p.Low > 100:
		return fmt.Errorf("--image-gc-low-threshold %d: want a percentage between 0 and 100", p.Low)
	case p.Low >= p.High:
		return fmt.Errorf("--image-gc-low-threshold %d: want less than --image-gc-high-threshold, which is %d", p.Low, p.High)
	case p.MinAge < 0:
		return fmt.Errorf("--minimum-image-ttl-duration %v: want no less than zero", p.MinAge)
	case p.MaxAge < 0 || p.MaxAge > 0 && p.MaxAge <= p.MinAge:
		return fmt.Errorf("--image-maximum-gc-age %v: want more than --minimum-image-ttl-duration, which is %v, or 0 for no bound", p.MaxAge, p.MinAge)
	case p.Dead < 0:
		return fmt.Errorf("--maximum-dead-containers-per-container %d: want no less than zero", p.Dead)
	}
	return nil
}

// Image is an image that the node has.
type Image struct {
	ID    string
	Bytes int64
	// Kept images go only by hand; Used ones have a container, running or ended.
	Kept, Used bool
}

// Ledger remembers since when images are there, and when they were last used.
type Ledger struct{ entries map[string]entry }

type entry struct{ seen, used time.Time }

// NewLedger knows of no image.
func NewLedger() *Ledger { return &Ledger{entries: map[string]entry{}} }

// Note writes down which images there are now.
func (l *Ledger) Note(images []Image, now time.Time) {
	entries := make(map[string]entry, len(images))
	for _, i := range images {
		e, known := l.entries[i.ID]
		if !known {
			e.seen = now
		}
		if i.Used {
			e.used = now
		}
		entries[i.ID] = e
	}
	l.entries = entries
}

// Unused are the images that may go, in the order in which they should.
func (l *Ledger) Unused(images []Image, p Policy, now time.Time) []Image {
	var list []Image
	for _, i := range images {
		if e, known := l.entries[i.ID]; known && !i.Kept && !i.Used && now.Sub(e.seen) >= p.MinAge {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b Image) int {
		x, y := l.entries[a.ID], l.entries[b.ID]
		return cmp.Or(x.used.Compare(y.used), x.seen.Compare(y.seen), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// Stale tells whether an image has been unused for too long.
func (l *Ledger) Stale(i Image, p Policy, now time.Time) bool {
	e := l.entries[i.ID]
	last := e.used
	if last.IsZero() {
		last = e.seen
	}
	return p.MaxAge > 0 && now.Sub(last) > p.MaxAge
}

// Excess is how many bytes must go of a disk; 0 while it is not too full.
func (p Policy) Excess(available, capacity int64) int64 {
	if capacity <= 0 || p.High >= 100 {
		return 0
	}
	if used := 100 - available*100/capacity; used < int64(p.High) {
		return 0
	}
	return max(capacity*int64(100-p.Low)/100-available, 0)
}
