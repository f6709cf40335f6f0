// Package mutatingwebhookconfiguration is the kind admissionregistration.k8s.io/v1 MutatingWebhookConfiguration.
package mutatingwebhookconfiguration
