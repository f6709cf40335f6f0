package resourcequota

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/facts/quota"
)

// Decide returns the quota with the status that it shall have, nil where it has that already. resources are what the server has; objects are
// those of one of them in the quota's namespace. What nothing can be used of is not told as used.
func Decide(q *corev1.ResourceQuota, resources []schema.GroupResource, objects func(schema.GroupResource) []metav1.Object) *corev1.ResourceQuota {
	used := corev1.ResourceList{}
	for _, gr := range resources {
		var names []corev1.ResourceName
		for name := range q.Spec.Hard {
			if quota.Matches(gr, name) {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			continue
		}
		sum(q, gr, names, objects(gr), used)
	}
	if equality.Semantic.DeepEqual(q.Status.Hard, q.Spec.Hard) && equality.Semantic.DeepEqual(q.Status.Used, used) {
		return nil
	}
	wanted := q.DeepCopy()
	wanted.Status = corev1.ResourceQuotaStatus{Hard: q.Spec.Hard.DeepCopy(), Used: used}
	return wanted
}

// sum adds what objects take of the names.
func sum(q *corev1.ResourceQuota, gr schema.GroupResource, names []corev1.ResourceName, objects []metav1.Object, used corev1.ResourceList) {
	for _, name := range names {
		if _, has := used[name]; !has {
			used[name] = resource.Quantity{Format: resource.DecimalSI}
		}
	}
	for _, obj := range objects {
		if !quota.Covers(q, obj) {
			continue
		}
		takes := quota.Usage(gr, obj)
		for _, name := range names {
			amount, ok := takes[name]
			if !ok {
				continue
			}
			total := used[name]
			total.Add(amount)
			used[name] = total
		}
	}
}

// lowers tells that a status says less of something than before: the room that it gives must be there.
func lowers(wanted, was *corev1.ResourceQuota) bool {
	for name, before := range was.Status.Used {
		now, has := wanted.Status.Used[name]
		if has && now.Cmp(before) < 0 {
			return true
		}
	}
	return false
}
