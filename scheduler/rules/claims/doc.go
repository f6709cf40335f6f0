// Package claims sends a pod where its volumes are, or can be made. Claims that are bound hold it to the nodes that their volumes can be
// reached from; for claims that wait for their first pod, each node is asked whether it has a free volume, or whether one can be made there.
// [Choose] then says which. Pods that need devices to be allocated are refused: without that they would be put anywhere and wait there for ever.
package claims
