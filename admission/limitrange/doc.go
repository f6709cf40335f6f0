// Package limitrange applies a namespace's LimitRanges: containers that say nothing get the default requests and limits, and what a
// container, a pod as a whole or a claim for storage asks for has to lie within the bounds, limits within the ratio to requests.
//
// Pods are looked at when they are made and when they are resized; their resources do not change otherwise.
package limitrange
