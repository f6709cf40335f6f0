package cache

import (
	"sort"
	"time"

	"argosy.dev/store"
)

// history is the recent changes of a table in revision order. Every change after floor is in it.
type history struct {
	floor   store.Revision
	changes []*Change
	times   []time.Time
}

func (h *history) add(c *Change, now time.Time) {
	h.changes = append(h.changes, c)
	h.times = append(h.times, now)
	// Trimming in runs of at least a quarter keeps the cost of moving the rest constant a change.
	if spare := len(h.changes) - historyMin; spare > historyMin/4 && (len(h.changes) > historyMax || now.Sub(h.times[historyMin/4]) > historyAge) {
		h.trim(now)
	}
}

func (h *history) trim(now time.Time) {
	drop := sort.Search(len(h.times)-historyMin, func(i int) bool { return now.Sub(h.times[i]) <= historyAge })
	drop = max(drop, len(h.changes)-historyMax*3/4)
	if drop <= 0 {
		return
	}
	h.floor = h.changes[drop-1].Revision
	h.changes = append(make([]*Change, 0, len(h.changes)-drop+historyMin), h.changes[drop:]...)
	h.times = append(make([]time.Time, 0, cap(h.changes)), h.times[drop:]...)
}

// after returns the changes later than rev; ok is false where some are forgotten. The slice is only valid under the table's lock.
func (h *history) after(rev store.Revision) (changes []*Change, ok bool) {
	if rev < h.floor {
		return nil, false
	}
	i := sort.Search(len(h.changes), func(i int) bool { return h.changes[i].Revision > rev })
	return h.changes[i:], true
}
