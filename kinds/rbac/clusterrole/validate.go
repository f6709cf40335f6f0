package clusterrole

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rbac/policy"
)

func validate(r *rbacv1.ClusterRole) field.ErrorList {
	errs := policy.ValidateRules(r.Rules, false, field.NewPath("rules"))
	if r.AggregationRule != nil {
		errs = append(errs, validateAggregation(r.AggregationRule, field.NewPath("aggregationRule", "clusterRoleSelectors"))...)
	}
	return errs
}

func validateAggregation(a *rbacv1.AggregationRule, path *field.Path) field.ErrorList {
	if len(a.ClusterRoleSelectors) == 0 {
		return field.ErrorList{field.Required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")}
	}
	var errs field.ErrorList
	for i := range a.ClusterRoleSelectors {
		s, at := &a.ClusterRoleSelectors[i], path.Index(i)
		errs = append(errs, metavalidation.ValidateLabelSelector(s, metavalidation.LabelSelectorValidationOptions{}, at)...)
		if selector, err := metav1.LabelSelectorAsSelector(s); err != nil {
			errs = append(errs, field.Invalid(at, selector, "invalid label selector."))
		}
	}
	return errs
}
