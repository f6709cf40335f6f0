package validatingwebhookconfiguration

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/table"
)

// Kind describes configurations of webhooks that validate.
func Kind() *kinds.Kind {
	var compiler expression.Compiler
	return &kinds.Kind{
		GVK:        admissionv1.SchemeGroupVersion.WithKind("ValidatingWebhookConfiguration"),
		Resource:   "validatingwebhookconfigurations",
		Singular:   "validatingwebhookconfiguration",
		Categories: []string{"api-extensions"},
		New:        func() kinds.Object { return &admissionv1.ValidatingWebhookConfiguration{} },
		NewList:    func() runtime.Object { return &admissionv1.ValidatingWebhookConfigurationList{} },

		Default:        kinds.Do(defaults),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate(&compiler)),
		ValidateUpdate: kinds.AskWith(validateUpdate(&compiler)),

		Columns: []kinds.Column{
			table.Name(),
			{Name: "Webhooks", Type: "integer", Description: "Webhooks indicates the number of webhooks registered in this configuration",
				Value: table.Cell(func(c *admissionv1.ValidatingWebhookConfiguration) any { return int64(len(c.Webhooks)) })},
			table.Age(),
		},
	}
}
