// Package nodes answers questions about nodes that many rooms ask. All functions are pure and safe for concurrent use;
// none keeps or changes its argument, but those whose name says Set.
package nodes
