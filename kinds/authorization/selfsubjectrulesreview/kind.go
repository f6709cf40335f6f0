package selfsubjectrulesreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"

	"argosy.dev/kinds"
)

// Kind describes reviews of all that one may do.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      authorizationv1.SchemeGroupVersion.WithKind("SelfSubjectRulesReview"),
		Resource: "selfsubjectrulesreviews",
		Singular: "selfsubjectrulesreview",
		Verbs:    []string{"create"},
		New:      func() kinds.Object { return &authorizationv1.SelfSubjectRulesReview{} },
		Answered: true,
	}
}
