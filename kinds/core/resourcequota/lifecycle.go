package resourcequota

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/rules"
)

func setDefaults(q *corev1.ResourceQuota) {
	rules.RoundUp(q.Spec.Hard)
	rules.RoundUp(q.Status.Hard)
	rules.RoundUp(q.Status.Used)
}

func prepareCreate(q *corev1.ResourceQuota) { q.Status = corev1.ResourceQuotaStatus{} }

func prepareUpdate(q, old *corev1.ResourceQuota) { q.Status = old.Status }

// Who may ask for more than may be used can never use it.
func warnings(q, _ *corev1.ResourceQuota) []string {
	var list []string
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		asked, used := "requests."+name, "limits."+name
		a, hasAsked := q.Spec.Hard[asked]
		b, hasUsed := q.Spec.Hard[used]
		if hasAsked && hasUsed && a.Cmp(b) > 0 {
			list = append(list, fmt.Sprintf("ResourceQuota %s (%s) should be less than %s (%s)", asked, a.String(), used, b.String()))
		}
	}
	return list
}
