// Package tokenreview is the kind authentication.k8s.io/v1 TokenReview: whose token is this?
package tokenreview
