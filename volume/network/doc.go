// Package network mounts file systems of other machines. A server that does not answer holds up the pod that wants it, and nobody else: mounts
// are made by a process of their own, with a limit of time.
package network
