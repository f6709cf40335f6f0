package matching

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// ValidateResources tells what is wrong with what a policy or binding matches.
func ValidateResources(m *admissionv1.MatchResources, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if m.MatchPolicy == nil {
		errs = append(errs, field.Required(path.Child("matchPolicy"), ""))
	} else {
		errs = append(errs, ValidatePolicy(*m.MatchPolicy, path.Child("matchPolicy"))...)
	}
	if m.NamespaceSelector == nil {
		errs = append(errs, field.Required(path.Child("namespaceSelector"), ""))
	} else {
		errs = append(errs, ValidateSelector(m.NamespaceSelector, path.Child("namespaceSelector"))...)
	}
	if m.ObjectSelector == nil {
		errs = append(errs, field.Required(path.Child("objectSelector"), ""))
	} else {
		errs = append(errs, ValidateSelector(m.ObjectSelector, path.Child("objectSelector"))...)
	}
	for i := range m.ResourceRules {
		errs = append(errs, validateNamed(&m.ResourceRules[i], path.Child("resourceRules").Index(i))...)
	}
	for i := range m.ExcludeResourceRules {
		errs = append(errs, validateNamed(&m.ExcludeResourceRules[i], path.Child("excludeResourceRules").Index(i))...)
	}
	return errs
}

// ValidateConstraints is ValidateResources for a policy, which must match something.
func ValidateConstraints(m *admissionv1.MatchResources, path *field.Path) field.ErrorList {
	if m == nil {
		return field.ErrorList{field.Required(path, "")}
	}
	errs := ValidateResources(m, path)
	if len(m.ResourceRules) == 0 {
		errs = append(errs, field.Required(path.Child("resourceRules"), ""))
	}
	return errs
}

// ValidatePolicy tells what is wrong with how versions of a resource are matched.
func ValidatePolicy(p admissionv1.MatchPolicyType, path *field.Path) field.ErrorList {
	return rules.In(p, path, admissionv1.Equivalent, admissionv1.Exact)
}

// ValidateSelector tells what is wrong with a selector of labels.
func ValidateSelector(s *metav1.LabelSelector, path *field.Path) field.ErrorList {
	return metavalidation.ValidateLabelSelector(s, metavalidation.LabelSelectorValidationOptions{}, path)
}

func validateNamed(r *admissionv1.NamedRuleWithOperations, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[string]bool{}
	for i, name := range r.ResourceNames {
		at := path.Child("resourceNames").Index(i)
		if seen[name] {
			errs = append(errs, field.Duplicate(at, name))
			continue
		}
		seen[name] = true
		errs = append(errs, rules.Each(rules.PathSegment(name, false), name, at)...)
	}
	return append(errs, ValidateRule(&r.RuleWithOperations, path)...)
}
