// Package validatingadmissionpolicy is the kind admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy.
package validatingadmissionpolicy
