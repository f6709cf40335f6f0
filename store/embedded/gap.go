package embedded

import (
	"fmt"
	"slices"

	"argosy.dev/store"
)

// gap is a span of revisions, both ends excluded, that readers may have seen but that a crash took back: lazy changes
// that were not durable yet. They are never given out again, and a watch cannot start inside, because what its reader
// saw is not what the store holds.
//
// How it is known: before lazy changes are acknowledged, a ceiling that they stay under is made durable. A store that
// is opened after a crash and finds a ceiling above its last change goes on above the ceiling and keeps the span as a gap.
type gap struct{ last, next store.Revision }

func (g gap) holds(rev store.Revision) bool { return g.last < rev && rev < g.next }

// lazyReserve is how many revisions a ceiling is put ahead: one more durable write for so many changes.
const lazyReserve = 4096

func encodeGaps(gaps []gap) []byte {
	var b []byte
	for _, g := range gaps {
		b = appendRevision(appendRevision(b, g.last), g.next)
	}
	return b
}

func decodeGaps(b []byte) ([]gap, error) {
	var gaps []gap
	for ; len(b) >= 16; b = b[16:] {
		last, err := decodeRevision(b[:8])
		if err != nil {
			return nil, err
		}
		next, err := decodeRevision(b[8:16])
		if err != nil {
			return nil, err
		}
		if next <= last || (len(gaps) > 0 && last < gaps[len(gaps)-1].next) {
			return nil, fmt.Errorf("%w: the list of gaps is out of order", errMalformed)
		}
		gaps = append(gaps, gap{last, next})
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: the list of gaps is cut off", errMalformed)
	}
	return gaps, nil
}

// inGap returns the gap that holds rev.
func inGap(gaps []gap, rev store.Revision) (gap, bool) {
	i := slices.IndexFunc(gaps, func(g gap) bool { return g.holds(rev) })
	if i < 0 {
		return gap{}, false
	}
	return gaps[i], true
}

// gapsAfter drops the gaps that a compaction up to rev makes moot.
func gapsAfter(gaps []gap, rev store.Revision) []gap {
	return slices.DeleteFunc(slices.Clone(gaps), func(g gap) bool { return g.next <= rev })
}
