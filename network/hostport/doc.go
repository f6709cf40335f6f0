// Package hostport makes ports of the node lead to pods.
//
// A [Table] is the desired state, and a pure one: it takes or refuses the ports of a pod and says which map elements that
// adds or removes. The rules that use the maps are a fixed frame ([Frame]); so opening a port costs one element, however
// many there are. Clients anywhere reach the pod through any address of the node, or through the one address that the pod
// asked for; the node itself and its loopback too, and a pod reaches itself through its own host port.
//
// In flow the ports of pods and their addresses, out flow nft sets, chains and elements, and a filter of connections that
// must be forgotten. The package never touches the kernel but for a [Tracker]. A Table is not safe for concurrent use; its
// owner guards it.
package hostport
