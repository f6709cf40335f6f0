package priorityclass

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// HighestUserPriority is the highest value that a class made by a user may have; those above are the system's.
	HighestUserPriority int32 = 1_000_000_000
	// ClusterCritical is for pods that the cluster needs, on whatever node; NodeCritical for those that their very node needs.
	ClusterCritical = "system-cluster-critical"
	NodeCritical    = "system-node-critical"

	clusterCriticalValue = 2 * HighestUserPriority
	nodeCriticalValue    = clusterCriticalValue + 1000
	systemPrefix         = "system-"
)

// System returns the classes that every cluster has from its start.
func System() []*schedulingv1.PriorityClass {
	return []*schedulingv1.PriorityClass{
		{
			ObjectMeta:       metav1.ObjectMeta{Name: NodeCritical},
			Value:            nodeCriticalValue,
			Description:      "Used for system critical pods that must not be moved from their current node.",
			PreemptionPolicy: new(corev1.PreemptLowerPriority),
		},
		{
			ObjectMeta:       metav1.ObjectMeta{Name: ClusterCritical},
			Value:            clusterCriticalValue,
			Description:      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
			PreemptionPolicy: new(corev1.PreemptLowerPriority),
		},
	}
}

// checkSystem tells why c, whose name is reserved, is not one of the system's classes.
func checkSystem(c *schedulingv1.PriorityClass) error {
	for _, known := range System() {
		if known.Name != c.Name {
			continue
		}
		if known.Value != c.Value {
			return fmt.Errorf("value of %v PriorityClass must be %v", known.Name, known.Value)
		}
		if known.GlobalDefault != c.GlobalDefault {
			return fmt.Errorf("globalDefault of %v PriorityClass must be %v", known.Name, known.GlobalDefault)
		}
		return nil
	}
	return errors.New(c.Name + " is not a known system priority class")
}
