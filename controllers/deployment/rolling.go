package deployment

// roll takes the next step of a rolling update: the current set grows as far as the bounds allow, then the old ones shrink by what
// is not needed for availability.
func (p *plan) roll() {
	p.grow()
	p.shrink()
	if complete(p.d, &p.d.Status) {
		p.prune()
	}
}

func (p *plan) grow() {
	if p.current == nil {
		p.create(min(p.wanted, max(0, p.wanted+p.above-p.total())))
		return
	}
	have := p.current.replicas()
	switch {
	case have > p.wanted:
		p.scale(p.current, p.wanted)
	case have < p.wanted:
		if more := min(p.wanted+p.above-p.total(), p.wanted-have); more > 0 {
			p.scale(p.current, have+more)
		}
	}
}

// shrink takes pods from old sets, oldest set first: those that are not available at all, for nobody misses them, then
// available ones as long as enough others are.
func (p *plan) shrink() {
	needed := p.wanted - p.below
	// Pods of the current set that are still to become available must not be counted on.
	spare := p.total() - needed - (p.current.replicas() - p.current.available())
	if spare <= 0 {
		return
	}
	for _, s := range p.old {
		if n := min(spare, s.replicas()-s.available()); n > 0 {
			p.scale(s, s.replicas()-n)
			spare -= n
		}
	}
	available := int32(0)
	for _, s := range p.all() {
		available += s.available()
	}
	spare = min(spare, available-needed)
	for _, s := range p.old {
		if n := min(spare, s.replicas()); n > 0 {
			p.scale(s, s.replicas()-n)
			spare -= n
		}
	}
}
