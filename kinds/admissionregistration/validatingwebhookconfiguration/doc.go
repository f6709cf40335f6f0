// Package validatingwebhookconfiguration is the kind admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration.
package validatingwebhookconfiguration
