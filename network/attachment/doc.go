// Package attachment connects sandboxes to the node: one veth pair each, whose pod end is born in the sandbox's network
// namespace, and one host route for each address of the pod. No bridge, and nothing is translated between pods.
//
// In the pod: its addresses as /32 and /128, a default route through 169.254.1.1 (fe80::1 in IPv6), and a permanent neighbour
// entry for that gateway, so that nothing is ever asked on the link. On the node: the route, a permanent neighbour entry for
// the pod, and a link that takes only the pod's own addresses as a source (strict reverse path).
//
// A link is destroyed by the kernel when its namespace goes, which takes nothing from anybody; [Kernel.Destroy] is for those
// whose namespace stays. In flow [Link]s, out flow kernel calls through a [Kernel]; [Fake] prints its links as text;
// [Compare] is pure. The package never chooses an address. A Kernel may be used from any goroutine.
package attachment
