// Package cpus gives containers processors of their own: the kubelet's static CPU policy. Containers with whole CPUs in Guaranteed pods get some
// that nobody else runs on; all others share the rest.
//
//	set.go       lists of processors, as the kernel writes them
//	topology.go  which processors are threads of one core, and at which memory
//	choose.go    pure: which free processors make the best choice
//	pool.go      who has which, kept in a file that survives the agent
//
// Flows in: pods that are to be taken, and which ones there still are. Flows out: the processors of each container, or why there are none. It
// changes no container; the agent does.
//
// A Pool is safe for concurrent use.
package cpus
