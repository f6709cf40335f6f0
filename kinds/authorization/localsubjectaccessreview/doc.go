// Package localsubjectaccessreview is the kind authorization.k8s.io/v1 LocalSubjectAccessReview: may somebody do something in this namespace?
package localsubjectaccessreview
