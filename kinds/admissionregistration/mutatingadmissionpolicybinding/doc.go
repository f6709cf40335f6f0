// Package mutatingadmissionpolicybinding is the kind admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding.
package mutatingadmissionpolicybinding
