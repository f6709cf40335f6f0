package deployment

import (
	"fmt"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Reasons of the condition Progressing.
const (
	setCreated       = "NewReplicaSetCreated"
	setFound         = "FoundNewReplicaSet"
	setFailed        = "ReplicaSetCreateError"
	setUpdated       = "ReplicaSetUpdated"
	setAvailable     = "NewReplicaSetAvailable"
	deadlineExceeded = "ProgressDeadlineExceeded"
	paused           = "DeploymentPaused"
	resumed          = "DeploymentResumed"
)

// progress tells how the rollout goes, compared with what the deployment's status says. A deployment without a deadline has no such
// condition.
func progress(c conditions, d *appsv1.Deployment, current *appsv1.ReplicaSet, o Outcome) (wait time.Duration) {
	if d.Spec.ProgressDeadlineSeconds == nil || *d.Spec.ProgressDeadlineSeconds == math.MaxInt32 {
		c.remove(appsv1.DeploymentProgressing)
		return 0
	}
	begin(c, d, current, o)
	had := c.get(appsv1.DeploymentProgressing)
	if d.Spec.Paused || o.Failed != nil || had != nil && had.Reason == setAvailable && c.Replicas == c.UpdatedReplicas {
		return 0
	}
	deadline := time.Duration(*d.Spec.ProgressDeadlineSeconds) * time.Second
	switch what := about(d, current); {
	case complete(d, c.DeploymentStatus):
		c.set(appsv1.DeploymentProgressing, corev1.ConditionTrue, setAvailable, what+" has successfully progressed.")
		return 0
	case advanced(&d.Status, c.DeploymentStatus):
		c.renew(appsv1.DeploymentProgressing, corev1.ConditionTrue, setUpdated, what+" is progressing.")
		return deadline
	case had == nil || had.Reason == setAvailable || had.Reason == deadlineExceeded:
		return 0
	default:
		if wait = had.LastUpdateTime.Add(deadline).Sub(c.now.Time); wait >= 0 {
			return wait + time.Second // times count whole seconds
		}
		c.set(appsv1.DeploymentProgressing, corev1.ConditionFalse, deadlineExceeded, what+" has timed out progressing.")
		return 0
	}
}

// begin tells what the step itself did: a rollout began, or was paused, or goes on.
func begin(c conditions, d *appsv1.Deployment, current *appsv1.ReplicaSet, o Outcome) {
	had := c.get(appsv1.DeploymentProgressing)
	switch {
	case d.Spec.Paused && (had == nil || had.Reason != deadlineExceeded):
		c.set(appsv1.DeploymentProgressing, corev1.ConditionUnknown, paused, "Deployment is paused")
	case !d.Spec.Paused && had != nil && had.Reason == paused:
		c.set(appsv1.DeploymentProgressing, corev1.ConditionUnknown, resumed, "Deployment is resumed")
	}
	switch {
	case o.Failed != nil:
		c.set(appsv1.DeploymentProgressing, corev1.ConditionFalse, setFailed, o.Failed.Error())
	case o.Created != "":
		c.set(appsv1.DeploymentProgressing, corev1.ConditionTrue, setCreated, fmt.Sprintf("Created new replica set %q", o.Created))
	case current != nil && had == nil && !d.Spec.Paused:
		c.set(appsv1.DeploymentProgressing, corev1.ConditionTrue, setFound, fmt.Sprintf("Found new replica set %q", current.Name))
	}
}

// advanced tells that there are more new pods, fewer old ones, or more that are ready or available.
func advanced(was, is *appsv1.DeploymentStatus) bool {
	return is.UpdatedReplicas > was.UpdatedReplicas || is.Replicas-is.UpdatedReplicas < was.Replicas-was.UpdatedReplicas ||
		is.ReadyReplicas > was.ReadyReplicas || is.AvailableReplicas > was.AvailableReplicas
}
