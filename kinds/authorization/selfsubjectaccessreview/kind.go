package selfsubjectaccessreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"

	"argosy.dev/kinds"
)

// Kind describes reviews of one's own access.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      authorizationv1.SchemeGroupVersion.WithKind("SelfSubjectAccessReview"),
		Resource: "selfsubjectaccessreviews",
		Singular: "selfsubjectaccessreview",
		Verbs:    []string{"create"},
		New:      func() kinds.Object { return &authorizationv1.SelfSubjectAccessReview{} },
		Answered: true,

		Validate: kinds.Ask(validate),
	}
}
