// Package leftovers sees what a cluster has left behind in the kernel. [Take] a snapshot before, another after, and compare
// them with [Snapshot.Since].
//
// Of the whole machine it counts what names the cluster's data directory: processes, mounts, pinned namespaces and cgroups;
// other programs come and go meanwhile. That everything of a running cluster does name it is shown by a test of its own.
// Of the cluster's network namespace, which is the test's own, it counts everything that differs: links, addresses, routes,
// rules, neighbours, nftables, and the values of sysctls.
//
// It reads /proc and /sys and asks ip and nft, where they are installed. It changes nothing but in [Sweep].
package leftovers
