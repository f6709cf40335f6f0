//lint:file-ignore SA1019 the API takes these fields for as long as clients send them

package node

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// prepareCreate forgets where the agent's configuration would come from: the field is all that is left of KEP-281.
func prepareCreate(n *corev1.Node) { n.Spec.ConfigSource = nil }

func prepareUpdate(n, old *corev1.Node) {
	n.Status = old.Status
	prepareCreate(n)
}

func warnings(n, _ *corev1.Node) []string {
	if n.Spec.DoNotUseExternalID == "" {
		return nil
	}
	return []string{"spec.externalID: this field is deprecated, and is unused by Kubernetes"}
}

// lazy finds writes that change nothing but the times of heartbeats.
func lazy(n, old *corev1.Node) bool {
	return old != nil && equality.Semantic.DeepEqual(quiet(n), quiet(old))
}

// quiet is a copy without what every heartbeat changes; it shares the rest with n.
func quiet(n *corev1.Node) *corev1.Node {
	c := *n
	c.ResourceVersion, c.ManagedFields = "", nil
	c.Status.Conditions = make([]corev1.NodeCondition, len(n.Status.Conditions))
	for i, condition := range n.Status.Conditions {
		condition.LastHeartbeatTime = metav1.Time{}
		c.Status.Conditions[i] = condition
	}
	return &c
}
