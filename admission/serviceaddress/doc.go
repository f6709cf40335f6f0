// Package serviceaddress gives services what they hold alone in the cluster: addresses of the service range, ports on the
// nodes, and the port at which load balancers ask for a service's health.
//
// What is in use is what the stored services say; the IPAddresses of the cluster (KEP-1880) follow them. One is made and taken away before the
// write of its service is answered, and at a start for what a crash has left ([Allocator.Repair]); an address that somebody else has booked by an
// IPAddress of his own is given to no service. The ranges are the cluster's own and those of ServiceCIDRs that are ready.
// A number that a write has been promised but
// that is not stored yet is claimed in memory, by the service's name, until the store shows it or the write is over. Requested
// numbers are honoured or refused; others are drawn from the upper part of the range first, so that requested ones, usually
// low, rarely collide (KEP-3070, KEP-3668). The cluster has one family of addresses, IPv4.
//
// An Allocator may be used by many writes at once; two of them never hold the same number.
package serviceaddress
