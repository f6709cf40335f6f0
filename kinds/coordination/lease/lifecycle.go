package lease

import (
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// Coordinated leader election is off by default, and its fields with it. (KEP-4355)
func dropDisabled(l *coordinationv1.Lease) {
	l.Spec.Strategy, l.Spec.PreferredHolder = nil, nil
}

func lazy(l, old *coordinationv1.Lease) bool {
	if old == nil || l.Namespace != corev1.NamespaceNodeLease {
		return false
	}
	a, b := l.Spec, old.Spec
	a.RenewTime, b.RenewTime = nil, nil
	return equality.Semantic.DeepEqual(a, b) && sameMetadata(l, old)
}

func sameMetadata(l, old *coordinationv1.Lease) bool {
	return l.DeletionTimestamp.Equal(old.DeletionTimestamp) &&
		equality.Semantic.DeepEqual(l.Labels, old.Labels) &&
		equality.Semantic.DeepEqual(l.Annotations, old.Annotations) &&
		equality.Semantic.DeepEqual(l.OwnerReferences, old.OwnerReferences) &&
		equality.Semantic.DeepEqual(l.Finalizers, old.Finalizers)
}
