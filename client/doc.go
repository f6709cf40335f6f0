// Package client is how every component reads and writes the cluster, wherever it runs.
//
// A [Cluster] is the contract: local (client/local) where the API server is in the same process and reads share its memory,
// remote where it is far away. A component cannot tell which. On top of it, [Resource] gives typed access to one kind:
//
//	pods := client.Pods(cluster)
//	pod, ok := pods.Get("default", "web-0")        // from the live copy; never change it
//	pod = pod.DeepCopy()
//	pod.Status.Phase = v1.PodRunning
//	pod, err := pods.UpdateStatus(ctx, pod)        // through the whole request pipeline
//
// Reads come from a live copy and cost no request. They include every write that this client has finished: after Create
// returns, Get finds it. Others' writes arrive a moment later; a component is told of them by Follow. Objects that are read
// are shared and must never be changed; DeepCopy first. Writes fail with API errors (apierrors.IsConflict, IsNotFound, ...).
//
// The room must never know what a kind means, and nothing above the server's pipeline may be reached around it.
package client
