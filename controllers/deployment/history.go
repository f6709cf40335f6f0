package deployment

import (
	"cmp"
	"math"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
)

// prune removes the old sets beyond the history limit, the earliest revisions first. A set that still has pods, or whose
// controller has not seen its last change, stays.
func (p *plan) prune() {
	limit := p.d.Spec.RevisionHistoryLimit
	if limit == nil || *limit == math.MaxInt32 {
		return
	}
	var kept []*appsv1.ReplicaSet
	for _, s := range p.old {
		if s.is.DeletionTimestamp == nil {
			kept = append(kept, s.is)
		}
	}
	excess := len(kept) - int(*limit)
	if excess <= 0 {
		return
	}
	slices.SortStableFunc(kept, func(a, b *appsv1.ReplicaSet) int { return cmp.Compare(revision(a), revision(b)) })
	for _, rs := range kept[:excess] {
		if rs.Status.Replicas == 0 && *rs.Spec.Replicas == 0 && rs.Status.ObservedGeneration >= rs.Generation && !p.changed(rs) {
			p.remove = append(p.remove, rs)
		}
	}
}

func (p *plan) changed(rs *appsv1.ReplicaSet) bool {
	return slices.ContainsFunc(p.old, func(s *draft) bool { return s.is == rs && s.want != rs })
}
