package apiservice

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(s, old *apiregistrationv1.APIService) { s.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(s, _ *apiregistrationv1.APIService) field.ErrorList {
	states := []apiregistrationv1.ConditionStatus{apiregistrationv1.ConditionTrue, apiregistrationv1.ConditionFalse, apiregistrationv1.ConditionUnknown}
	var errs field.ErrorList
	for i, c := range s.Status.Conditions {
		if !slices.Contains(states, c.Status) {
			errs = append(errs, field.NotSupported(field.NewPath("status", "conditions").Index(i).Child("status"), c.Status, states))
		}
	}
	return errs
}
