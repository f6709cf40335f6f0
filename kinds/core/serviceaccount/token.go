package serviceaccount

import (
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

func token() kinds.Subresource {
	return kinds.Subresource{
		Name:  "token",
		GVK:   authenticationv1.SchemeGroupVersion.WithKind("TokenRequest"),
		Verbs: []string{"create"},
		New:   func() runtime.Object { return &authenticationv1.TokenRequest{} },
		Default: func(body kinds.Object) {
			if r := body.(*authenticationv1.TokenRequest); r.Spec.ExpirationSeconds == nil {
				hour := int64(60 * 60)
				r.Spec.ExpirationSeconds = &hour
			}
		},
		Answered: true,
	}
}
