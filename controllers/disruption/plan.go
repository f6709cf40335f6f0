package disruption

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/facts/pods"
)

// evictionTakes is how long a pod whose eviction was granted may still be there: after that, it was never deleted.
const evictionTakes = 2 * time.Minute

// Scale is how many pods something wants; it is found once for all of them.
type Scale struct {
	UID      types.UID
	Replicas int32
}

// NeedsScales tells whether the budget is a part of the pods that should be, rather than a number of those that are.
func NeedsScales(b *policyv1.PodDisruptionBudget) bool {
	return b.Spec.MaxUnavailable != nil || b.Spec.MinAvailable != nil && b.Spec.MinAvailable.Type == intstr.String
}

// Decide computes a budget's status from its pods and their scales, and tells when it would be another without anything happening (0: never).
func Decide(b *policyv1.PodDisruptionBudget, list []*corev1.Pod, scales []Scale, now time.Time) (policyv1.PodDisruptionBudgetStatus, time.Duration, error) {
	expected, desired, err := bounds(b, len(list), scales)
	if err != nil {
		return policyv1.PodDisruptionBudgetStatus{}, 0, err
	}
	disrupted, again := stillDisrupted(b, list, now)
	healthy := int32(0)
	for _, p := range list {
		if _, leaving := disrupted[p.Name]; p.DeletionTimestamp == nil && !leaving && pods.Ready(p) {
			healthy++
		}
	}
	s := policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: b.Generation, DisruptedPods: disrupted, Conditions: copyOf(b.Status.Conditions),
		ExpectedPods: expected, DesiredHealthy: desired, CurrentHealthy: healthy,
	}
	if expected > 0 {
		s.DisruptionsAllowed = max(0, healthy-desired)
	}
	allowed := metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.InsufficientPodsReason,
		ObservedGeneration: b.Generation, LastTransitionTime: metav1.NewTime(now.Truncate(time.Second))}
	if s.DisruptionsAllowed > 0 {
		allowed.Status, allowed.Reason = metav1.ConditionTrue, policyv1.SufficientPodsReason
	}
	meta.SetStatusCondition(&s.Conditions, allowed)
	return s, again, nil
}

// Failed is the status while it cannot be computed: nothing may be disrupted.
func Failed(b *policyv1.PodDisruptionBudget, cause error, now time.Time) policyv1.PodDisruptionBudgetStatus {
	s := *b.Status.DeepCopy()
	s.DisruptionsAllowed, s.ObservedGeneration = 0, b.Generation
	meta.SetStatusCondition(&s.Conditions, metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.SyncFailedReason,
		Message: cause.Error(), ObservedGeneration: b.Generation, LastTransitionTime: metav1.NewTime(now.Truncate(time.Second))})
	return s
}

// copyOf keeps conditions apart from those of an object that others see.
func copyOf(list []metav1.Condition) []metav1.Condition {
	return append([]metav1.Condition(nil), list...)
}

// bounds are how many pods there should be, and how many of them have to be healthy.
func bounds(b *policyv1.PodDisruptionBudget, there int, scales []Scale) (expected, desired int32, err error) {
	whole := int32(0)
	for _, s := range scales {
		whole += s.Replicas
	}
	switch {
	case b.Spec.MaxUnavailable != nil:
		most, err := intstr.GetScaledValueFromIntOrPercent(b.Spec.MaxUnavailable, int(whole), true)
		if err != nil {
			return 0, 0, fmt.Errorf("reading maxUnavailable: %w", err)
		}
		return whole, max(0, whole-int32(most)), nil
	case b.Spec.MinAvailable == nil:
		return int32(there), 0, nil
	case b.Spec.MinAvailable.Type == intstr.Int:
		return int32(there), b.Spec.MinAvailable.IntVal, nil
	}
	least, err := intstr.GetScaledValueFromIntOrPercent(b.Spec.MinAvailable, int(whole), true)
	if err != nil {
		return 0, 0, fmt.Errorf("reading minAvailable: %w", err)
	}
	return whole, int32(least), nil
}

// stillDisrupted are the pods whose eviction was granted and of which nothing is to be seen yet, and when the first of them is given up.
func stillDisrupted(b *policyv1.PodDisruptionBudget, list []*corev1.Pod, now time.Time) (map[string]metav1.Time, time.Duration) {
	var left map[string]metav1.Time
	var again time.Duration
	for _, p := range list {
		since, ok := b.Status.DisruptedPods[p.Name]
		if !ok || p.DeletionTimestamp != nil {
			continue
		}
		wait := since.Add(evictionTakes).Sub(now)
		if wait <= 0 {
			continue
		}
		if left == nil {
			left = map[string]metav1.Time{}
		}
		left[p.Name] = since
		if again == 0 || wait < again {
			again = wait
		}
	}
	return left, again
}

// selects tells whether the pod counts in the budget. A budget without a selector has no pods, an empty selector selects all.
func selects(b *policyv1.PodDisruptionBudget, p *corev1.Pod) bool {
	s, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	return err == nil && s.Matches(labels.Set(p.Labels))
}

// same tells that a status needs no write.
func same(a, b *policyv1.PodDisruptionBudgetStatus) bool { return equality.Semantic.DeepEqual(a, b) }
