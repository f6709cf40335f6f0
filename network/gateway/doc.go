// Package gateway makes the node the router of its pods: one address of its own in each pod range, held by the loopback
// interface so that it is there with no pod and no uplink, and a route that refuses what no pod has, so that traffic to a
// pod that is gone fails at once rather than leave by the uplink.
//
// The node talks to its pods from this address, whatever its uplink is and whether there is one. So a UDP server of the
// node that is bound to no address answers pods from this one: pods that go by another address of the node need servers
// that answer from where they were asked, as with any router that has several.
//
// In flow pod ranges, out flow addresses and routes through a [Kernel]; [Fake] prints them as text. The package never
// knows about pods. It is not safe for concurrent use.
package gateway
