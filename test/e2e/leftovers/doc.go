// Package leftovers sees what a program has left behind in the kernel: processes, mounts, network namespaces, links, routes,
// nftables, and cgroups. [Take] a snapshot before, another after, and compare them with [Snapshot.Since].
//
// It reads /proc and /sys and asks ip and nft, where they are installed. It looks at the whole machine, so other programs
// that come and go meanwhile are seen too: processes count only if they belong to the data directory or are called argosy.
// It changes nothing but in [Sweep].
package leftovers
