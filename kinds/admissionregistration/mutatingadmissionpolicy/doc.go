// Package mutatingadmissionpolicy is the kind admissionregistration.k8s.io/v1 MutatingAdmissionPolicy.
package mutatingadmissionpolicy
