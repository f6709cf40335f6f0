package matching

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DefaultRule fills in a rule: it is about objects in and outside of namespaces.
func DefaultRule(r *admissionv1.Rule) {
	if r.Scope == nil {
		r.Scope = new(admissionv1.AllScopes)
	}
}

// DefaultResources fills in what a policy or a binding matches; nil stays nil.
func DefaultResources(m *admissionv1.MatchResources) {
	if m == nil {
		return
	}
	DefaultSelectors(&m.MatchPolicy, &m.NamespaceSelector, &m.ObjectSelector)
	for i := range m.ResourceRules {
		DefaultRule(&m.ResourceRules[i].Rule)
	}
	for i := range m.ExcludeResourceRules {
		DefaultRule(&m.ExcludeResourceRules[i].Rule)
	}
}

// DefaultSelectors selects everything, and takes a request for another version of a resource as one for the resource.
func DefaultSelectors(policy **admissionv1.MatchPolicyType, selectors ...**metav1.LabelSelector) {
	if *policy == nil {
		*policy = new(admissionv1.Equivalent)
	}
	for _, s := range selectors {
		if *s == nil {
			*s = &metav1.LabelSelector{}
		}
	}
}
