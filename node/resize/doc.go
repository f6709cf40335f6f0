// Package resize decides about resources of a running pod that its owner changes (KEP-1287). It is pure. What the node has promised a pod is
// kept as a pod, of which only the containers' resources count: at first the pod as it was taken, then each wish that was granted.
// After the agent was started anew the pod's status tells what was promised.
//
//	wish (spec)  --Decide-->  promise (status: allocatedResources)  --podplan-->  in force (status: resources)
package resize
