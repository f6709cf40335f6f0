// Package lease is the kind coordination.k8s.io/v1 Lease.
//
// A node's heartbeat, a renewal of its lease in kube-node-lease, is not made durable: after a power cut the
// next one comes within seconds.
package lease
