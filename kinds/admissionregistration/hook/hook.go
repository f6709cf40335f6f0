package hook

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds/admissionregistration/matching"
)

// Hook is one webhook of either kind. Its pointers are to the object's own fields.
type Hook struct {
	Name                    string
	ClientConfig            *admissionv1.WebhookClientConfig
	Rules                   []admissionv1.RuleWithOperations
	FailurePolicy           **admissionv1.FailurePolicyType
	MatchPolicy             **admissionv1.MatchPolicyType
	NamespaceSelector       **metav1.LabelSelector
	ObjectSelector          **metav1.LabelSelector
	SideEffects             *admissionv1.SideEffectClass
	TimeoutSeconds          **int32
	AdmissionReviewVersions []string
	MatchConditions         []admissionv1.MatchCondition
	// Reinvocation is nil for webhooks that only validate.
	Reinvocation **admissionv1.ReinvocationPolicyType
}

// Validating views a webhook that validates.
func Validating(w *admissionv1.ValidatingWebhook) Hook {
	return Hook{Name: w.Name, ClientConfig: &w.ClientConfig, Rules: w.Rules, FailurePolicy: &w.FailurePolicy, MatchPolicy: &w.MatchPolicy,
		NamespaceSelector: &w.NamespaceSelector, ObjectSelector: &w.ObjectSelector, SideEffects: w.SideEffects, TimeoutSeconds: &w.TimeoutSeconds,
		AdmissionReviewVersions: w.AdmissionReviewVersions, MatchConditions: w.MatchConditions}
}

// Mutating views a webhook that changes objects.
func Mutating(w *admissionv1.MutatingWebhook) Hook {
	return Hook{Name: w.Name, ClientConfig: &w.ClientConfig, Rules: w.Rules, FailurePolicy: &w.FailurePolicy, MatchPolicy: &w.MatchPolicy,
		NamespaceSelector: &w.NamespaceSelector, ObjectSelector: &w.ObjectSelector, SideEffects: w.SideEffects, TimeoutSeconds: &w.TimeoutSeconds,
		AdmissionReviewVersions: w.AdmissionReviewVersions, MatchConditions: w.MatchConditions, Reinvocation: &w.ReinvocationPolicy}
}

const (
	defaultTimeout = 10
	httpsPort      = 443
)

// Default fills in what the user left out.
func (h Hook) Default() {
	if *h.FailurePolicy == nil {
		*h.FailurePolicy = new(admissionv1.Fail)
	}
	matching.DefaultSelectors(h.MatchPolicy, h.NamespaceSelector, h.ObjectSelector)
	if *h.TimeoutSeconds == nil {
		*h.TimeoutSeconds = new(int32(defaultTimeout))
	}
	if h.Reinvocation != nil && *h.Reinvocation == nil {
		*h.Reinvocation = new(admissionv1.NeverReinvocationPolicy)
	}
	if s := h.ClientConfig.Service; s != nil && s.Port == nil {
		s.Port = new(int32(httpsPort))
	}
	for i := range h.Rules {
		matching.DefaultRule(&h.Rules[i].Rule)
	}
}
