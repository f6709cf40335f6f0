package hook

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/webhook"
)

// reviewVersions are the versions of AdmissionReview in which this API server can ask.
var reviewVersions = []string{"v1", "v1beta1"}

// Validate tells what is wrong with the webhooks of a configuration; old are those that it had.
func Validate(hooks, old []Hook, compiler *expression.Compiler, path *field.Path) field.ErrorList {
	var conditions []admissionv1.MatchCondition
	for _, h := range old {
		conditions = append(conditions, h.MatchConditions...)
	}
	scopes := func(stored bool) (*expression.Scope, error) { return compiler.New(expression.Options{}, stored) }
	var errs field.ErrorList
	seen := map[string]bool{}
	for i, h := range hooks {
		at := path.Index(i)
		errs = append(errs, h.validate(at)...)
		errs = append(errs, matching.ValidateConditions(h.MatchConditions, conditions, scopes, at.Child("matchConditions"))...)
		errs = append(errs, validateReviewVersions(h.AdmissionReviewVersions, at.Child("admissionReviewVersions"))...)
		if h.Name == "" {
			continue
		}
		if seen[h.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), h.Name))
		}
		seen[h.Name] = true
	}
	return errs
}

func (h Hook) validate(path *field.Path) field.ErrorList {
	errs := validation.IsFullyQualifiedName(path.Child("name"), h.Name)
	for i := range h.Rules {
		errs = append(errs, matching.ValidateRule(&h.Rules[i], path.Child("rules").Index(i))...)
	}
	if p := *h.FailurePolicy; p != nil {
		errs = append(errs, rules.In(*p, path.Child("failurePolicy"), admissionv1.Fail, admissionv1.Ignore)...)
	}
	if p := *h.MatchPolicy; p != nil {
		errs = append(errs, matching.ValidatePolicy(*p, path.Child("matchPolicy"))...)
	}
	if h.SideEffects == nil {
		errs = append(errs, field.Required(path.Child("sideEffects"), "must specify one of None, NoneOnDryRun"))
	} else {
		errs = append(errs, rules.In(*h.SideEffects, path.Child("sideEffects"), admissionv1.SideEffectClassNone, admissionv1.SideEffectClassNoneOnDryRun)...)
	}
	if t := *h.TimeoutSeconds; t != nil && (*t < 1 || *t > 30) {
		errs = append(errs, field.Invalid(path.Child("timeoutSeconds"), *t, "the timeout value must be between 1 and 30 seconds"))
	}
	if s := *h.NamespaceSelector; s != nil {
		errs = append(errs, matching.ValidateSelector(s, path.Child("namespaceSelector"))...)
	}
	if s := *h.ObjectSelector; s != nil {
		errs = append(errs, matching.ValidateSelector(s, path.Child("objectSelector"))...)
	}
	errs = append(errs, validateClient(h.ClientConfig, path.Child("clientConfig"))...)
	if h.Reinvocation != nil && *h.Reinvocation != nil {
		errs = append(errs, rules.In(**h.Reinvocation, path.Child("reinvocationPolicy"), admissionv1.IfNeededReinvocationPolicy, admissionv1.NeverReinvocationPolicy)...)
	}
	return errs
}

func validateClient(c *admissionv1.WebhookClientConfig, path *field.Path) field.ErrorList {
	switch {
	case (c.URL == nil) == (c.Service == nil):
		return field.ErrorList{field.Required(path, "exactly one of url or service is required")}
	case c.URL != nil:
		return webhook.URL(*c.URL, path.Child("url"))
	}
	// Kubernetes complains here about the one where the other is missing, and so do we.
	s := webhook.Service{Namespace: c.Service.Name, Name: c.Service.Namespace, Path: c.Service.Path, Port: c.Service.Port}
	return s.Validate(path.Child("service"))
}

func validateReviewVersions(list []string, path *field.Path) field.ErrorList {
	known := strings.Join(reviewVersions, ", ")
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "must specify one of "+known)}
	}
	var errs field.ErrorList
	seen, spoken := map[string]bool{}, false
	for i, v := range list {
		if seen[v] {
			errs = append(errs, field.Invalid(path.Index(i), v, "duplicate version"))
			continue
		}
		seen[v] = true
		errs = append(errs, rules.Each(validation.IsDNS1035Label(v), v, path.Index(i))...)
		spoken = spoken || slices.Contains(reviewVersions, v)
	}
	if !spoken {
		errs = append(errs, field.Invalid(path, list, "must include at least one of "+known))
	}
	return errs
}
