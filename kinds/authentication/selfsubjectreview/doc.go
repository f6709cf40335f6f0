// Package selfsubjectreview is the kind authentication.k8s.io/v1 SelfSubjectReview: who am I?
package selfsubjectreview
