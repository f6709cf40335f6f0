// Package pods answers questions about pods that many rooms ask: what state they are in, and what they take.
//
// All functions are pure and safe for concurrent use. None keeps or changes its argument, but those whose name says Set.
package pods
