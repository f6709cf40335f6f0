// Package hook is what the webhooks of ValidatingWebhookConfiguration and MutatingWebhookConfiguration have in common: all
// but that the latter may be called again.
package hook
