package usage

import "time"

// shortest is the shortest time over which a rate is told: shorter, it is noise.
const shortest = 200 * time.Millisecond

// used is what somebody uses: processors in nanoseconds a second, over a window that ends at a time, and memory.
type used struct {
	at     time.Time
	window time.Duration
	cpu    uint64
	memory int64
}

// between tells what was used from one look to the next. What has started since then began with nothing. ok is false where it cannot be told yet.
func between(before, now counted, known bool) (u used, ok bool) {
	if now.started.After(before.at) && (!known || now.cpu < before.cpu) {
		before, known = counted{at: now.started}, true
	}
	took := now.at.Sub(before.at)
	if !known || took < shortest || now.cpu < before.cpu {
		return used{}, false
	}
	return used{at: now.at, window: took, cpu: uint64(float64(now.cpu-before.cpu) / took.Seconds()), memory: now.memory}, true
}

// pair is the last two looks at a node.
type pair struct{ before, now *sample }

func (p pair) node() (used, bool) {
	return between(p.before.node, p.now.node, !p.before.node.at.IsZero())
}

func (p pair) container(name string, before, now map[string]counted) (used, bool) {
	last, ok := now[name]
	if !ok {
		return used{}, false
	}
	first, known := before[name]
	return between(first, last, known)
}
