// Package podsecurity holds pods to the Pod Security Standard that their namespace's labels ask for (KEP-2579): pods that violate the
// enforced level are refused, what violates the level of warnings is told to its writer, workloads' templates as well as pods, and a
// namespace that is made stricter is answered with the pods in it that do not comply. The rules and their words are those of
// k8s.io/pod-security-admission.
package podsecurity
