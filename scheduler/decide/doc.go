// Package decide chooses a node for one pod from a snapshot, or tells why there is none.
//
// Nodes are checked from where the last search ended, in a circle, until enough of them suit; of these the one with the best weighted sum of
// scores is taken, at random among equals. Nothing is written and nothing remembered but the place in the circle: a decision is a function of the snapshot,
// the pod, that place and the random source. A [Decider] belongs to one goroutine.
package decide
