// Package fit lets a pod go only where there is room for it, and prefers nodes of which less is taken.
//
// Room is counted in requests against the node's allocatable: CPU, memory, ephemeral storage, extended resources, and the number of pods.
package fit
