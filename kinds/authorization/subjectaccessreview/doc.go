// Package subjectaccessreview is the kind authorization.k8s.io/v1 SubjectAccessReview: may somebody do something?
package subjectaccessreview
