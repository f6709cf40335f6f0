package pods

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Condition finds a condition; nil if the pod does not have it.
func Condition(status *corev1.PodStatus, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range status.Conditions {
		if status.Conditions[i].Type == kind {
			return &status.Conditions[i]
		}
	}
	return nil
}

// SetCondition puts c into status and tells whether that changed anything beside times of probing. A condition whose status
// stays the same keeps the time of its last transition; otherwise that is now, unless c says something else.
func SetCondition(status *corev1.PodStatus, c corev1.PodCondition, now time.Time) bool {
	if c.LastTransitionTime.IsZero() {
		c.LastTransitionTime = metav1.NewTime(now)
	}
	old := Condition(status, c.Type)
	if old == nil {
		status.Conditions = append(status.Conditions, c)
		return true
	}
	if old.Status == c.Status {
		c.LastTransitionTime = old.LastTransitionTime
	}
	changed := old.Status != c.Status || old.Reason != c.Reason || old.Message != c.Message || old.ObservedGeneration != c.ObservedGeneration
	*old = c
	return changed
}

// Ready tells whether the pod takes traffic.
func Ready(pod *corev1.Pod) bool {
	c := Condition(&pod.Status, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

// Available tells whether the pod has been ready for minReadySeconds. If it is ready but not yet available, wait is how long until then.
func Available(pod *corev1.Pod, minReadySeconds int32, now time.Time) (available bool, wait time.Duration) {
	c := Condition(&pod.Status, corev1.PodReady)
	if c == nil || c.Status != corev1.ConditionTrue {
		return false, 0
	}
	if minReadySeconds == 0 {
		return true, 0
	}
	if c.LastTransitionTime.IsZero() {
		return false, 0
	}
	wait = c.LastTransitionTime.Add(time.Duration(minReadySeconds) * time.Second).Sub(now)
	if wait <= 0 {
		return true, 0
	}
	return false, wait
}

// Finished tells whether the pod has come to its end: no container of it will ever run again.
func Finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// Terminating tells whether the pod is being deleted.
func Terminating(pod *corev1.Pod) bool { return pod.DeletionTimestamp != nil }

// Active tells whether the pod counts for its controller: neither finished nor being deleted.
func Active(pod *corev1.Pod) bool { return !Finished(pod) && !Terminating(pod) }

// Scheduled tells whether the pod has a node.
func Scheduled(pod *corev1.Pod) bool { return pod.Spec.NodeName != "" }

// Sidecar tells whether an init container keeps running beside the others.
func Sidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// Status finds the status of a container among statuses; nil if there is none.
func Status(statuses []corev1.ContainerStatus, name string) *corev1.ContainerStatus {
	for i := range statuses {
		if statuses[i].Name == name {
			return &statuses[i]
		}
	}
	return nil
}

// Priority is the pod's priority; 0 where none was given.
func Priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}
