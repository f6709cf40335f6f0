// Package network gives the pods of a node their place on the network: plain IP, one address a pod, every node a router.
//
// In flow sandboxes ([Network.Attach], [Network.Detach], [Network.Prune]) with their network namespaces and host ports; out
// flow their addresses, and what the kernel holds: a veth link and a host route a pod, one nftables table, the node's own
// address in its pod range, a few kernel parameters. One concern a folder:
//
//	address      which pod has which address          pure
//	hostport     which host port is whose             pure: map elements, and a fixed frame of rules
//	masquerade   pods to the world                    pure: rules
//	attachment   links and host routes                drives the kernel
//	gateway      the node's place in the pod range    drives the kernel
//	nft          one wanted nftables table            drives the kernel
//	sysctl       parameters, and what they were       drives the kernel
//	firewall     what a firewall of the host forbids  reads the kernel
//	journal      who is attached, on disk
//	netns        entering namespaces
//
// Whatever the kernel holds is also in the journal, and written there first: a process that is killed at any point finds
// everything again, and Prune removes what no live sandbox explains. What the kernel cannot do is told once
// ([Network.Warnings]) and only what needs it is off.
//
// The package never knows containers, images or the API server. A Network may be used from any goroutine; calls for one
// sandbox come one at a time.
package network
