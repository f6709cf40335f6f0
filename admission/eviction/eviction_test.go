package eviction

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

type budgets struct {
	list      []*policyv1.PodDisruptionBudget
	conflicts int
	written   int
}

func (b *budgets) DisruptionBudgets(string) []*policyv1.PodDisruptionBudget { return b.list }

func (b *budgets) UpdateBudgetStatus(_ context.Context, budget *policyv1.PodDisruptionBudget) error {
	if b.conflicts > 0 {
		b.conflicts--
		return apierrors.NewConflict(policyv1.Resource("poddisruptionbudgets"), budget.Name, errors.New("somebody was faster"))
	}
	b.written++
	b.list[0] = budget
	return nil
}

func budget(edit func(*policyv1.PodDisruptionBudget)) *policyv1.PodDisruptionBudget {
	b := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "b", Generation: 2},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}},
		Status: policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 2, DisruptionsAllowed: 1, CurrentHealthy: 3, DesiredHealthy: 2,
			Conditions: []metav1.Condition{{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionTrue, Reason: policyv1.SufficientPodsReason}}},
	}
	if edit != nil {
		edit(b)
	}
	return b
}

func running(ready bool) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", Labels: map[string]string{"a": "b"}, CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Minute))}}
	pod.Status.Phase = corev1.PodRunning
	if ready {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	return pod
}

func evict(b *budgets, pod *corev1.Pod, edit func(*resource.Attempt)) error {
	a := &resource.Attempt{Target: resource.Target{Subresource: "eviction", Namespace: "ns", Name: pod.Name}, Operation: resource.Delete, Old: pod}
	if edit != nil {
		edit(a)
	}
	return Plugin{Budgets: b}.Validate(context.Background(), a)
}

func TestEvictions(t *testing.T) {
	always := policyv1.AlwaysAllow
	none := func(b *policyv1.PodDisruptionBudget) { b.Status.DisruptionsAllowed = 0 }
	for name, c := range map[string]struct {
		budgets []*policyv1.PodDisruptionBudget
		pod     *corev1.Pod
		edit    func(*resource.Attempt)
		refused string // what the refusal says; "" for none
		booked  bool
	}{
		"no budget":        {pod: running(true)},
		"another's budget": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector.MatchLabels["a"] = "c" })}, pod: running(true)},
		"allowed":          {budgets: []*policyv1.PodDisruptionBudget{budget(nil)}, pod: running(true), booked: true},
		"dry run":          {budgets: []*policyv1.PodDisruptionBudget{budget(nil)}, pod: running(true), edit: func(a *resource.Attempt) { a.DryRun = true }},
		"exhausted":        {budgets: []*policyv1.PodDisruptionBudget{budget(none)}, pod: running(true), refused: "The disruption budget b needs 2 healthy pods and has 3 currently"},
		"dry run exhausted": {budgets: []*policyv1.PodDisruptionBudget{budget(none)}, pod: running(true), edit: func(a *resource.Attempt) { a.DryRun = true },
			refused: "needs 2 healthy pods"},
		"a plain deletion": {budgets: []*policyv1.PodDisruptionBudget{budget(none)}, pod: running(true), edit: func(a *resource.Attempt) { a.Subresource = "" }},
		"unseen": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) { b.Generation = 3 })}, pod: running(true),
			refused: "The disruption budget b is still being processed by the server."},
		"failed sync": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) {
			none(b)
			b.Status.Conditions[0] = metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.SyncFailedReason, Message: "no scale"}
		})}, pod: running(true), refused: "because it failed sync: no scale"},
		"two budgets":                  {budgets: []*policyv1.PodDisruptionBudget{budget(nil), budget(nil)}, pod: running(true), refused: "more than one PodDisruptionBudget"},
		"pending":                      {budgets: []*policyv1.PodDisruptionBudget{budget(none)}, pod: func() *corev1.Pod { p := running(false); p.Status.Phase = corev1.PodPending; return p }()},
		"not ready, others healthy":    {budgets: []*policyv1.PodDisruptionBudget{budget(none)}, pod: running(false)},
		"not ready, others not enough": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) { none(b); b.Status.CurrentHealthy = 1 })}, pod: running(false), refused: "needs 2 healthy pods and has 1 currently"},
		"not ready, always allowed": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) {
			none(b)
			b.Status.CurrentHealthy = 1
			b.Spec.UnhealthyPodEvictionPolicy = &always
		})}, pod: running(false)},
		"booked before": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) {
			none(b)
			b.Status.DisruptedPods = map[string]metav1.Time{"p": metav1.Now()}
		})}, pod: running(true)},
		"another pod of the name was": {budgets: []*policyv1.PodDisruptionBudget{budget(func(b *policyv1.PodDisruptionBudget) {
			none(b)
			b.Status.DisruptedPods = map[string]metav1.Time{"p": metav1.NewTime(time.Now().Add(-time.Hour))}
		})}, pod: running(true), refused: "needs 2 healthy pods"},
	} {
		b := &budgets{list: c.budgets, conflicts: 2}
		err := evict(b, c.pod, c.edit)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.refused != "" && !says(err, c.refused):
			t.Errorf("%s: got %v, want %s", name, err, c.refused)
		case (b.written > 0) != c.booked:
			t.Errorf("%s: booked %d times", name, b.written)
		}
		if !c.booked {
			continue
		}
		s := b.list[0].Status
		if _, ok := s.DisruptedPods["p"]; s.DisruptionsAllowed != 0 || !ok || s.Conditions[0].Status != metav1.ConditionFalse || s.Conditions[0].Reason != policyv1.InsufficientPodsReason {
			t.Errorf("%s: the budget is %+v", name, s)
		}
		if err := evict(b, func() *corev1.Pod { p := running(true); p.Name = "q"; return p }(), nil); !apierrors.IsTooManyRequests(err) {
			t.Errorf("%s: a second pod: %v", name, err)
		}
	}
}

// A booking that always loses is given up.
func TestOthersAreFaster(t *testing.T) {
	b := &budgets{list: []*policyv1.PodDisruptionBudget{budget(nil)}, conflicts: 1000}
	if err := evict(b, running(true), nil); !apierrors.IsTooManyRequests(err) || b.conflicts != 1000-tries {
		t.Errorf("got %v after %d tries", err, 1000-b.conflicts)
	}
}

func says(err error, text string) bool {
	if err == nil {
		return false
	}
	var api apierrors.APIStatus
	if errors.As(err, &api) {
		if s := api.Status(); s.Details != nil {
			for _, c := range s.Details.Causes {
				if strings.Contains(c.Message, text) {
					return s.Code == 429 || s.Code == 500
				}
			}
		}
	}
	return strings.Contains(err.Error(), text)
}
