// Package webhook holds the rules on how a webhook is reached, which admission, conversion and whoever else calls out share: by
// URL, or by a Service in the cluster. Each returns what is wrong, in the words of Kubernetes' own messages.
package webhook
