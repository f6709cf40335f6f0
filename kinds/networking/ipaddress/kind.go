package ipaddress

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes addresses of services.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        networkingv1.SchemeGroupVersion.WithKind("IPAddress"),
		Resource:   "ipaddresses",
		Singular:   "ipaddress",
		ShortNames: []string{"ip"},
		New:        func() kinds.Object { return &networkingv1.IPAddress{} },
		NewList:    func() runtime.Object { return &networkingv1.IPAddressList{} },

		Name:           validateName,
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,

		Columns: columns(),
	}
}
