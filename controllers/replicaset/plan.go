package replicaset

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/facts/pods"
	"argosy.dev/facts/workloads"
)

// burst bounds how many pods one look makes or deletes.
const burst = 500

// Plan is what to do next about a set.
type Plan struct {
	Create int
	Delete []*corev1.Pod
}

// Decide compares what the set wants with the pods that it owns. A set that is being deleted neither makes nor deletes.
func Decide(rs *appsv1.ReplicaSet, owned []*corev1.Pod) Plan {
	if rs.DeletionTimestamp != nil {
		return Plan{}
	}
	var active []*corev1.Pod
	for _, p := range owned {
		if pods.Active(p) {
			active = append(active, p)
		}
	}
	want := int(workloads.Replicas(rs.Spec.Replicas))
	switch have := len(active); {
	case have < want:
		return Plan{Create: min(want-have, burst)}
	case have > want:
		rank(active)
		return Plan{Delete: active[:min(have-want, burst)]}
	}
	return Plan{}
}

// Status computes the set's status from the pods that it owns; failure is why the last step went wrong, nil where it did not.
// wait is when a ready pod will become available, 0 for none.
func Status(rs *appsv1.ReplicaSet, owned []*corev1.Pod, failure error, creating bool, now time.Time) (status appsv1.ReplicaSetStatus, wait time.Duration) {
	status = *rs.Status.DeepCopy()
	status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas = 0, 0, 0, 0
	terminating := int32(0)
	template := labels.Set(rs.Spec.Template.Labels).AsSelectorPreValidated()
	for _, p := range owned {
		if !pods.Active(p) {
			if pods.Terminating(p) && !pods.Finished(p) {
				terminating++
			}
			continue
		}
		status.Replicas++
		if template.Matches(labels.Set(p.Labels)) {
			status.FullyLabeledReplicas++
		}
		if !pods.Ready(p) {
			continue
		}
		status.ReadyReplicas++
		if available, after := pods.Available(p, rs.Spec.MinReadySeconds, now); available {
			status.AvailableReplicas++
		} else if after > 0 && (wait == 0 || after < wait) {
			wait = after
		}
	}
	status.TerminatingReplicas = &terminating
	status.ObservedGeneration = rs.Generation
	setFailure(&status, failure, creating, now)
	return status, wait
}

func setFailure(status *appsv1.ReplicaSetStatus, failure error, creating bool, now time.Time) {
	var kept []appsv1.ReplicaSetCondition
	var had *appsv1.ReplicaSetCondition
	for i := range status.Conditions {
		if c := status.Conditions[i]; c.Type == appsv1.ReplicaSetReplicaFailure {
			had = &c
		} else {
			kept = append(kept, c)
		}
	}
	status.Conditions = kept
	if failure == nil {
		return
	}
	reason := "FailedDelete"
	if creating {
		reason = "FailedCreate"
	}
	since := metav1.NewTime(now.Truncate(time.Second))
	if had != nil && had.Reason == reason {
		since = had.LastTransitionTime
	}
	status.Conditions = append(status.Conditions, appsv1.ReplicaSetCondition{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue,
		LastTransitionTime: since, Reason: reason, Message: failure.Error()})
}

func sameStatus(a, b *appsv1.ReplicaSetStatus) bool { return equality.Semantic.DeepEqual(a, b) }
