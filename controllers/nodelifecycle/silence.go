package nodelifecycle

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/nodes"
)

// startup is the grace of a node that has never reported a status.
const startup = time.Minute

// reported are the conditions that a living node keeps up to date.
var reported = [...]corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure}

// Silence returns the status of a node that has not been seen alive since a time, nil where it is not for too long; wait
// is when it will be.
func Silence(node *corev1.Node, since time.Time, grace time.Duration, now time.Time) (status *corev1.NodeStatus, wait time.Duration) {
	if nodes.Condition(&node.Status, corev1.NodeReady) == nil {
		grace = max(grace, startup)
	}
	if wait = since.Add(grace).Sub(now); wait > 0 {
		return nil, wait
	}
	status = node.Status.DeepCopy()
	at, changed := metav1.NewTime(now.UTC().Truncate(time.Second)), false
	for _, kind := range reported {
		switch c := nodes.Condition(status, kind); {
		case c == nil:
			status.Conditions = append(status.Conditions, corev1.NodeCondition{Type: kind, Status: corev1.ConditionUnknown,
				Reason: "NodeStatusNeverUpdated", Message: "Kubelet never posted node status.",
				LastHeartbeatTime: node.CreationTimestamp, LastTransitionTime: at})
			changed = true
		case c.Status != corev1.ConditionUnknown:
			c.Status, c.Reason, c.Message, c.LastTransitionTime = corev1.ConditionUnknown, "NodeStatusUnknown", "Kubelet stopped posting node status.", at
			changed = true
		}
	}
	if !changed {
		return nil, 0
	}
	return status, 0
}
