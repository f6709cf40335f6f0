// Package taints tells which taints of a node a pod's tolerations bear. All functions are pure.
package taints
