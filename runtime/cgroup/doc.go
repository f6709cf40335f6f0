// Package cgroup makes, limits, measures, kills and removes control groups, on the v1 and hybrid layouts and on pure v2.
//
// A [System] is what the kernel has mounted, found once. A [Group] is a path in it, such as /argosy/podUID/CONTAINER, and
// stands for the directory of that name in every hierarchy that counts. Limits flow in as [Resources], in CRI's units;
// figures flow out as [Stats].
//
// Nobody is ever moved into a group from outside: on v1 that costs the kernel milliseconds. A thread puts itself into a
// group's TaskFiles and forks there; on v2 the child is cloned into the group's directory.
//
// The package writes the kernel's files itself and knows nothing of pods or containers. Groups hold no state, so their
// methods may be called from anywhere; changes to one group should be made one after the other.
package cgroup
