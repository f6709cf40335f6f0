// Package tolerations gives every new pod five minutes on a node that has become not ready or unreachable, unless it says
// itself how long it stays.
package tolerations
