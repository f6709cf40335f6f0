// Package admit decides whether a node takes a pod that is bound to it. It is pure: the pod, the node and what it has promised to others go in; why
// the pod is refused comes out, in the words that the documentation and people know. A pod that a scheduler placed fits; those that
// name their node themselves need not.
package admit
