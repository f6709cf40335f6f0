package validatingwebhookconfiguration

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/hook"
)

func hooks(c *admissionv1.ValidatingWebhookConfiguration) []hook.Hook {
	list := make([]hook.Hook, len(c.Webhooks))
	for i := range c.Webhooks {
		list[i] = hook.Validating(&c.Webhooks[i])
	}
	return list
}

func defaults(c *admissionv1.ValidatingWebhookConfiguration) {
	for _, h := range hooks(c) {
		h.Default()
	}
}

// generation counts an empty list that is spelled out as a change, for what is stored has none.
func generation(c, old *admissionv1.ValidatingWebhookConfiguration) bool {
	return !equality.Semantic.DeepEqual(c.Webhooks, old.Webhooks) || c.Webhooks != nil && len(c.Webhooks) == 0
}

func validate(compiler *expression.Compiler) func(*admissionv1.ValidatingWebhookConfiguration) field.ErrorList {
	return func(c *admissionv1.ValidatingWebhookConfiguration) field.ErrorList {
		return hook.Validate(hooks(c), nil, compiler, field.NewPath("webhooks"))
	}
}

func validateUpdate(compiler *expression.Compiler) func(c, old *admissionv1.ValidatingWebhookConfiguration) field.ErrorList {
	return func(c, old *admissionv1.ValidatingWebhookConfiguration) field.ErrorList {
		return hook.Validate(hooks(c), hooks(old), compiler, field.NewPath("webhooks"))
	}
}
