// Package rules holds checks of single values that the validation of many kinds shares. Each returns what is wrong,
// in the words of Kubernetes' own messages.
package rules
