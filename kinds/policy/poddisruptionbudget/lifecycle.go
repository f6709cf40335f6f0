package poddisruptionbudget

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

func prepareCreate(b *policyv1.PodDisruptionBudget) { b.Status = policyv1.PodDisruptionBudgetStatus{} }

func prepareUpdate(b, old *policyv1.PodDisruptionBudget) { b.Status = old.Status }

func generation(b, old *policyv1.PodDisruptionBudget) bool {
	return !equality.Semantic.DeepEqual(b.Spec, old.Spec)
}
