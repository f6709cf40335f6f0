package localsubjectaccessreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"

	"argosy.dev/kinds"
)

// Kind describes reviews of anybody's access within a namespace.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        authorizationv1.SchemeGroupVersion.WithKind("LocalSubjectAccessReview"),
		Resource:   "localsubjectaccessreviews",
		Singular:   "localsubjectaccessreview",
		Namespaced: true,
		Verbs:      []string{"create"},
		New:        func() kinds.Object { return &authorizationv1.LocalSubjectAccessReview{} },
		Answered:   true,

		Validate: kinds.Ask(validate),
	}
}
