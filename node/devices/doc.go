// Package devices gives containers the devices of plugins: the node's side of the device plugin protocol (v1beta1).
//
//	serve.go      plugins register at a socket, and tell which devices they have as long as they live
//	book.go       which container has which devices, kept in a file that survives the agent
//	allocate.go   a pod that is taken gets its devices, or the reason why not
//
// Flows in: plugins, over sockets in one directory; pods that are to be taken, and which ones there still are. Flows out: what the node has of
// each resource, and what each container is given with its devices. What a device is only its plugin knows.
//
// A Book is safe for concurrent use; Allocate is called for one pod at a time.
package devices
