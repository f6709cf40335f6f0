package deployment

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/workloads"
)

// Outcome is what became of a step.
type Outcome struct {
	// Created is the name of the set that the step made, Failed why it could not make it.
	Created string
	Failed  error
	// Collision tells that another template's set has the name.
	Collision bool
}

// Status computes the deployment's status from its sets as they are after the step. wait is when a rollout that makes no
// progress becomes one that failed, 0 for never.
func Status(s State, o Outcome, now time.Time) (status appsv1.DeploymentStatus, wait time.Duration) {
	d := s.Deployment
	status = *d.Status.DeepCopy()
	count(&s, &status)
	if o.Collision {
		n := int32(1)
		if status.CollisionCount != nil {
			n += *status.CollisionCount
		}
		status.CollisionCount = &n
	}
	c := conditions{&status, metav1.NewTime(now.UTC().Truncate(time.Second))}
	availability(c, d)
	wait = progress(c, d, s.Current, o)
	failures(c, s.sets())
	return status, wait
}

func count(s *State, status *appsv1.DeploymentStatus) {
	status.ObservedGeneration = s.Deployment.Generation
	status.Replicas, status.UpdatedReplicas, status.ReadyReplicas, status.AvailableReplicas = 0, 0, 0, 0
	wanted, terminating := int32(0), int32(0)
	for _, rs := range s.sets() {
		wanted += workloads.Replicas(rs.Spec.Replicas)
		status.Replicas += rs.Status.Replicas
		status.ReadyReplicas += rs.Status.ReadyReplicas
		status.AvailableReplicas += rs.Status.AvailableReplicas
		if rs.Status.TerminatingReplicas != nil {
			terminating += *rs.Status.TerminatingReplicas
		}
	}
	if s.Current != nil {
		status.UpdatedReplicas = s.Current.Status.Replicas
	}
	status.TerminatingReplicas = &terminating
	status.UnavailableReplicas = max(0, wanted-status.AvailableReplicas)
}

// complete tells that all the pods there are, are new and available, and as many as wanted.
func complete(d *appsv1.Deployment, status *appsv1.DeploymentStatus) bool {
	wanted := workloads.Replicas(d.Spec.Replicas)
	return status.UpdatedReplicas == wanted && status.Replicas == wanted && status.AvailableReplicas == wanted && status.ObservedGeneration >= d.Generation
}

func availability(c conditions, d *appsv1.Deployment) {
	_, below, err := workloads.DeploymentBounds(d)
	if err != nil {
		return // Decide has told
	}
	if c.AvailableReplicas >= workloads.Replicas(d.Spec.Replicas)-below {
		c.set(appsv1.DeploymentAvailable, corev1.ConditionTrue, "MinimumReplicasAvailable", "Deployment has minimum availability.")
	} else {
		c.set(appsv1.DeploymentAvailable, corev1.ConditionFalse, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
	}
}

// failures repeats what keeps a set from making or deleting pods, the current one's before the others'.
func failures(c conditions, sets []*appsv1.ReplicaSet) {
	var found *appsv1.ReplicaSetCondition
	for _, rs := range sets {
		for i := range rs.Status.Conditions {
			if rs.Status.Conditions[i].Type == appsv1.ReplicaSetReplicaFailure && found == nil {
				found = &rs.Status.Conditions[i]
			}
		}
	}
	switch {
	case found != nil:
		c.set(appsv1.DeploymentReplicaFailure, found.Status, found.Reason, found.Message)
	default:
		c.remove(appsv1.DeploymentReplicaFailure)
	}
}

// conditions edits those of a status at one moment.
type conditions struct {
	*appsv1.DeploymentStatus
	now metav1.Time
}

func (c conditions) get(kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range c.Conditions {
		if c.Conditions[i].Type == kind {
			return &c.Conditions[i]
		}
	}
	return nil
}

// set changes a condition, unless it says the same already: then its times stay.
func (c conditions) set(kind appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	if had := c.get(kind); had != nil && had.Status == status && had.Reason == reason {
		return
	}
	c.renew(kind, status, reason, message)
}

// renew sets a condition and the time of its update even where it says the same.
func (c conditions) renew(kind appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	next := appsv1.DeploymentCondition{Type: kind, Status: status, Reason: reason, Message: message, LastUpdateTime: c.now, LastTransitionTime: c.now}
	had := c.get(kind)
	if had == nil {
		c.Conditions = append(c.Conditions, next)
		return
	}
	if had.Status == status {
		next.LastTransitionTime = had.LastTransitionTime
	}
	*had = next
}

func (c conditions) remove(kind appsv1.DeploymentConditionType) {
	var kept []appsv1.DeploymentCondition
	for _, had := range c.Conditions {
		if had.Type != kind {
			kept = append(kept, had)
		}
	}
	c.Conditions = kept
}

func sameStatus(a, b *appsv1.DeploymentStatus) bool { return equality.Semantic.DeepEqual(a, b) }

// about names what a condition is about: the current set where there is one.
func about(d *appsv1.Deployment, current *appsv1.ReplicaSet) string {
	if current == nil {
		return fmt.Sprintf("Deployment %q", d.Name)
	}
	return fmt.Sprintf("ReplicaSet %q", current.Name)
}
