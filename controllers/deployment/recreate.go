package deployment

// recreate takes the next step of the strategy Recreate: all old pods go, and only then new ones come.
func (p *plan) recreate(oldPods bool) {
	wait := oldPods
	for _, s := range p.old {
		if s.replicas() > 0 {
			p.scale(s, 0)
			wait = true
		}
		wait = wait || s.want.Status.Replicas > 0
	}
	if wait {
		return
	}
	switch {
	case p.current == nil:
		p.create(p.wanted)
	case p.current.replicas() != p.wanted:
		p.scale(p.current, p.wanted)
	}
	if complete(p.d, &p.d.Status) {
		p.prune()
	}
}
