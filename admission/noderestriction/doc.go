// Package noderestriction limits what the agent of a node may write ("NodeRestriction" in Kubernetes' documentation of admission): its own
// Node, without the labels and taints that others steer by; mirror pods, and the status of the pods that are bound to it; tokens for such
// pods; its own lease, CSINode and ResourceSlices.
//
// Flows in: writes by users that are nodes, and a [Reader]. Flows out: refusals in Kubernetes' words. Writes of others pass.
package noderestriction
