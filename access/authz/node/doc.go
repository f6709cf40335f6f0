// Package node decides what the agent of a node may ask for ("Using Node Authorization" in Kubernetes' documentation): of what belongs to
// pods, only what belongs to the pods that are bound to that node; of nodes, leases and the like, its own; of all else, what the role
// system:node says.
//
// There is no graph to keep up to date: a node has few pods, and whether one of them refers to an object is read from the pods themselves at
// each request, so that an answer is never older than the cluster.
//
// Flows in: users, attributes, and a [Reader] of the cluster as it is now. Flows out: decisions, with the reason in Kubernetes' words. It
// never denies. What a node may write into an object it may write at all is for the NodeRestriction plugin. The package must never know HTTP.
// An [Authorizer] is safe for concurrent use.
package node
