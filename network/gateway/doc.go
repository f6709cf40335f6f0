// Package gateway makes the node the router of its pods: one address of its own in each pod range, held by the loopback
// interface so that it is there with no pod and no uplink, and a route that refuses what no pod has, so that traffic to a
// pod that is gone fails at once rather than leave by the uplink.
//
// In flow pod ranges, out flow addresses and routes through a [Kernel]; [Fake] prints them as text. The package never
// knows about pods. It is not safe for concurrent use.
package gateway
