package selfsubjectreview

import (
	authenticationv1 "k8s.io/api/authentication/v1"

	"argosy.dev/kinds"
)

// Kind describes reviews of oneself.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      authenticationv1.SchemeGroupVersion.WithKind("SelfSubjectReview"),
		Resource: "selfsubjectreviews",
		Singular: "selfsubjectreview",
		Verbs:    []string{"create"},
		New:      func() kinds.Object { return &authenticationv1.SelfSubjectReview{} },
		Answered: true,
	}
}
