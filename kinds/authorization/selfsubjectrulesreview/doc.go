// Package selfsubjectrulesreview is the kind authorization.k8s.io/v1 SelfSubjectRulesReview: what may I do in a namespace?
package selfsubjectrulesreview
