// Package masquerade lets pods reach what lies outside the cluster: the source of such connections becomes the node's.
//
// It is pure: cluster ranges in, one nftables chain out. Between pods, and between pods and the node, nothing is changed.
package masquerade
