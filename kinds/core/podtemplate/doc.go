// Package podtemplate is the kind v1 PodTemplate, and holds what is true of every pod specification, in a Pod or in the template of a
// workload: what is filled in when a user leaves it out, and what is refused.
//
// The functions are plain walks over the typed value with a field path; they are pure and cost time in proportion to the
// size of what they look at. What only pods have (status, updates, binding) is in kinds/core/pod. Sources: the field
// documentation of k8s.io/api/core/v1 and the answers of kube-apiserver v1.36.
package podtemplate
