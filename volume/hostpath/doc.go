// Package hostpath checks, and where it was asked to makes, what a hostPath volume shows of the node itself.
package hostpath
