package subjectaccessreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"

	"argosy.dev/kinds"
)

// Kind describes reviews of anybody's access.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      authorizationv1.SchemeGroupVersion.WithKind("SubjectAccessReview"),
		Resource: "subjectaccessreviews",
		Singular: "subjectaccessreview",
		Verbs:    []string{"create"},
		New:      func() kinds.Object { return &authorizationv1.SubjectAccessReview{} },
		Answered: true,

		Validate: kinds.Ask(validate),
	}
}
