// Package handler is what probes and lifecycle hooks share: how the actions that a pod spec names reach a container. A
// container and its pod's address go in; ports, requests and commands come out. It must never decide what a result means.
//
// All of it is safe for concurrent use.
package handler
