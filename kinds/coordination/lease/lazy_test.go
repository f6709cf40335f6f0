package lease

import (
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestLazy(t *testing.T) {
	old := &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "n1", Namespace: corev1.NamespaceNodeLease},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: new("n1"), RenewTime: &metav1.MicroTime{Time: time.Unix(1000, 0)}},
	}
	renewed := func(change func(*coordinationv1.Lease)) *coordinationv1.Lease {
		l := old.DeepCopy()
		l.ResourceVersion = "7"
		l.Spec.RenewTime = &metav1.MicroTime{Time: time.Unix(1010, 0)}
		change(l)
		return l
	}
	for name, c := range map[string]struct {
		lease *coordinationv1.Lease
		want  bool
	}{
		"a renewal":      {renewed(func(*coordinationv1.Lease) {}), true},
		"another holder": {renewed(func(l *coordinationv1.Lease) { l.Spec.HolderIdentity = new("n2") }), false},
		"another owner":  {renewed(func(l *coordinationv1.Lease) { l.OwnerReferences = []metav1.OwnerReference{{Name: "n1"}} }), false},
		"elsewhere":      {renewed(func(l *coordinationv1.Lease) { l.Namespace = "kube-system" }), false},
	} {
		if got := lazy(c.lease, old); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if lazy(old, nil) {
		t.Error("a new lease is durable")
	}
}
