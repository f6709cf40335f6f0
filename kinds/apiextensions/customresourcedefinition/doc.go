// Package customresourcedefinition is the kind apiextensions.k8s.io/v1 CustomResourceDefinition.
//
// It is judged in the hub form of k8s.io/apiextensions-apiserver, in which what all versions have in common (with one version: all)
// stands beside the versions. That is why messages name fields such as spec.validation that v1 does not have.
package customresourcedefinition
