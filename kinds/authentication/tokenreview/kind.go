package tokenreview

import (
	authenticationv1 "k8s.io/api/authentication/v1"

	"argosy.dev/kinds"
)

// Kind describes token reviews.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      authenticationv1.SchemeGroupVersion.WithKind("TokenReview"),
		Resource: "tokenreviews",
		Singular: "tokenreview",
		Verbs:    []string{"create"},
		New:      func() kinds.Object { return &authenticationv1.TokenReview{} },
		Answered: true,
	}
}
