package deployment

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// resized tells that the deployment's size was changed since its sets were given theirs.
func (p *plan) resized() bool {
	for _, s := range p.all() {
		if noted, ok := s.number(desiredAnnotation); ok && s.replicas() > 0 && noted != p.wanted {
			return true
		}
	}
	return false
}

// resize brings the sets to the deployment's size without rolling. Where one set has all the pods it is that one that changes.
// In the middle of a rollout each gets its share, so that the risk of a bad template grows no faster than the deployment.
func (p *plan) resize() {
	var active []*draft
	for _, s := range p.all() {
		if s.replicas() > 0 {
			active = append(active, s)
		}
	}
	switch {
	case len(active) == 1:
		p.scale(active[0], p.wanted)
	case len(active) == 0 && p.current != nil:
		p.scale(p.current, p.wanted)
	case len(active) == 0 && len(p.old) > 0:
		p.scale(p.old[len(p.old)-1], p.wanted)
	case len(active) == 0:
	case p.saturated():
		for _, s := range p.old {
			if s.replicas() > 0 {
				p.scale(s, 0)
			}
		}
	case p.d.Spec.Strategy.RollingUpdate != nil:
		p.share(active)
	}
}

// saturated tells that the current set has all the pods that are wanted, and they are available.
func (p *plan) saturated() bool {
	if p.current == nil {
		return false
	}
	noted, ok := p.current.number(desiredAnnotation)
	return ok && noted == p.wanted && p.current.replicas() == p.wanted && p.current.want.Status.AvailableReplicas == p.wanted
}

// share divides the difference between what there is and what there may be among the sets, by their size. What rounding
// leaves over is the largest set's.
func (p *plan) share(active []*draft) {
	allowed := int32(0)
	if p.wanted > 0 {
		allowed = p.wanted + p.above
	}
	left := allowed - p.total()
	// Of equal sets the newer grows first, the older shrinks first.
	age := 1
	if left > 0 {
		age = -1
	}
	slices.SortStableFunc(active, func(a, b *draft) int {
		return cmp.Or(cmp.Compare(b.replicas(), a.replicas()), age*byAge(a.want, b.want))
	})
	sizes := make([]int32, len(active))
	for i, s := range active {
		n := p.portion(s)
		if left > 0 {
			n = max(0, min(n, left))
		} else {
			n = min(0, max(n, left))
		}
		sizes[i] = s.replicas() + n
		left -= n
	}
	sizes[0] = max(0, sizes[0]+left)
	for i, s := range active {
		p.scale(s, sizes[i])
	}
}

// portion is how many pods a set is to get or lose for its share of the deployment to stay what it was.
func (p *plan) portion(s *draft) int32 {
	if p.wanted == 0 {
		return -s.replicas()
	}
	// The most pods that the deployment was allowed when the set got its size.
	before, ok := s.number(maxAnnotation)
	if !ok || before == 0 {
		before = p.d.Status.Replicas
	}
	if before == 0 {
		return 0
	}
	size := float64(s.replicas()) * float64(p.wanted+p.above) / float64(before)
	return int32(math.Round(size)) - s.replicas()
}

// number reads an annotation that holds one.
func (s *draft) number(annotation string) (int32, bool) {
	n, err := strconv.ParseInt(s.want.Annotations[annotation], 10, 32)
	return int32(n), err == nil
}
