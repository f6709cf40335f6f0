package eviction

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/facts/pods"
	"argosy.dev/resource"
)

// Budgets are the disruption budgets of the cluster, in their newest state.
type Budgets interface {
	DisruptionBudgets(namespace string) []*policyv1.PodDisruptionBudget
	// UpdateBudgetStatus writes the status of b, which is the caller's, and fails with a conflict where b is not the newest.
	UpdateBudgetStatus(ctx context.Context, b *policyv1.PodDisruptionBudget) error
}

// Plugin is the rule.
type Plugin struct{ Budgets Budgets }

const (
	// tries is how often a booking is begun again after others booked first.
	tries = 20
	// mostBooked bounds the pods that one budget remembers.
	mostBooked = 2000
	// retryAfter is when to ask again about a budget that its controller has not seen.
	retryAfter = 10
)

// Validate refuses what would break a budget, and books what does not.
func (p Plugin) Validate(ctx context.Context, a *resource.Attempt) error {
	pod, ok := a.Old.(*corev1.Pod)
	if !ok || a.Operation != resource.Delete || a.Subresource != "eviction" || free(pod) {
		return nil
	}
	for range tries {
		b, err := p.budget(pod)
		if b == nil || err != nil {
			return err
		}
		if !counts(b, pod) {
			return nil
		}
		now := time.Now()
		if booked(b, pod) {
			return nil // by an earlier try of the same eviction
		}
		if err := check(b); err != nil {
			return err
		}
		if a.DryRun {
			return nil
		}
		if err := p.Budgets.UpdateBudgetStatus(ctx, book(b, pod, now)); !apierrors.IsConflict(err) {
			return err
		}
	}
	return tooMany(0, "")
}

// free tells that no application is disrupted where the pod goes.
func free(pod *corev1.Pod) bool {
	return pods.Finished(pod) || pod.Status.Phase == corev1.PodPending || pods.Terminating(pod)
}

// budget finds the one that the pod is under; nil for none.
func (p Plugin) budget(pod *corev1.Pod) (*policyv1.PodDisruptionBudget, error) {
	var found *policyv1.PodDisruptionBudget
	for _, b := range p.Budgets.DisruptionBudgets(pod.Namespace) {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err != nil || !selector.Matches(labels.Set(pod.Labels)) {
			continue // a selector that cannot be read was accepted by laxer rules, and selects nothing
		}
		if found != nil {
			return nil, apierrors.NewInternalError(errors.New("this pod has more than one PodDisruptionBudget, which the eviction subresource does not support"))
		}
		found = b
	}
	return found, nil
}

// counts tells whether the pod is one that the budget protects: one that is not ready is not, where the budget always lets such
// pods go, or where enough others are healthy.
func counts(b *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	if pods.Ready(pod) {
		return true
	}
	if policy := b.Spec.UnhealthyPodEvictionPolicy; policy != nil && *policy == policyv1.AlwaysAllow {
		return false
	}
	return b.Status.CurrentHealthy < b.Status.DesiredHealthy || b.Status.DesiredHealthy == 0
}

func booked(b *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	at, ok := b.Status.DisruptedPods[pod.Name]
	return ok && !at.Time.Before(pod.CreationTimestamp.Time)
}

func check(b *policyv1.PodDisruptionBudget) error {
	s := &b.Status
	switch {
	case s.ObservedGeneration < b.Generation:
		return tooMany(retryAfter, fmt.Sprintf("The disruption budget %s is still being processed by the server.", b.Name))
	case s.DisruptionsAllowed < 0:
		return apierrors.NewForbidden(policyv1.Resource("poddisruptionbudget"), b.Name, errors.New("pdb disruptions allowed is negative"))
	case len(s.DisruptedPods) > mostBooked:
		return apierrors.NewForbidden(policyv1.Resource("poddisruptionbudget"), b.Name, errors.New("DisruptedPods map too big - too many evictions not confirmed by PDB controller"))
	case s.DisruptionsAllowed > 0:
		return nil
	}
	for _, c := range s.Conditions {
		if c.Type == policyv1.DisruptionAllowedCondition && c.Reason == policyv1.SyncFailedReason {
			return tooMany(0, fmt.Sprintf("The disruption budget %s does not allow evicting pods currently because it failed sync: %s", b.Name, c.Message))
		}
	}
	return tooMany(0, fmt.Sprintf("The disruption budget %s needs %d healthy pods and has %d currently", b.Name, s.DesiredHealthy, s.CurrentHealthy))
}

// tooMany is the refusal that clients try again after. why may be "".
func tooMany(seconds int, why string) error {
	err := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", seconds)
	if why != "" {
		err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Type: policyv1.DisruptionBudgetCause, Message: why})
	}
	return err
}

// book is the budget with one disruption less.
func book(b *policyv1.PodDisruptionBudget, pod *corev1.Pod, now time.Time) *policyv1.PodDisruptionBudget {
	b = b.DeepCopy()
	s := &b.Status
	s.DisruptionsAllowed--
	if s.DisruptedPods == nil {
		s.DisruptedPods = map[string]metav1.Time{}
	}
	s.DisruptedPods[pod.Name] = metav1.NewTime(now)
	if s.DisruptionsAllowed > 0 {
		return b
	}
	for i := range s.Conditions {
		if c := &s.Conditions[i]; c.Type == policyv1.DisruptionAllowedCondition && c.Status != metav1.ConditionFalse {
			c.Status, c.Reason, c.Message = metav1.ConditionFalse, policyv1.InsufficientPodsReason, ""
			c.LastTransitionTime, c.ObservedGeneration = metav1.NewTime(now), b.Generation
		}
	}
	return b
}
