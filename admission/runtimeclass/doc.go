// Package runtimeclass completes a new pod with what its RuntimeClass says: the overhead of the runtime, and the nodes that have it.
// A class that does not exist, and an overhead that is not the class's, are refused. (KEP-585, KEP-688)
package runtimeclass
