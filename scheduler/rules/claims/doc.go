// Package claims refuses pods that need what the scheduler cannot give them yet: volumes that must be bound to the pod's node, devices that
// must be allocated on it. Without this rule they would be put anywhere and wait there for ever.
package claims
