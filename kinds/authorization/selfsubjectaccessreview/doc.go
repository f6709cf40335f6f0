// Package selfsubjectaccessreview is the kind authorization.k8s.io/v1 SelfSubjectAccessReview: may I do something?
package selfsubjectaccessreview
