// Package csinode is the kind storage.k8s.io/v1 CSINode.
package csinode
