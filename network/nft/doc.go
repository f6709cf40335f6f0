// Package nft keeps one nftables table of the node as it is wanted.
//
// A [Table] is plain data: sets, maps, chains, rules. [Diff] is pure and says which [Change]s lead from one table to
// another. A [Reconciler] holds what it last put into the kernel, brings the kernel to a wanted table ([Reconciler.Sync],
// at start and after someone flushed the rules), and changes elements of one set at the cost of those elements
// ([Reconciler.Update]). Every call is one kernel transaction: all of it or nothing.
//
// A [Kernel] takes changes: [Open] speaks netlink, [Fake] keeps a table in memory and prints it as text. Rules are built of
// statements that carry their text and their expressions together, so that what a test reads is what the kernel gets; in
// the kernel a rule carries a digest of its text as a comment, by which a later process knows it again.
//
// The package never knows what the rules are for. A Reconciler may be used from any goroutine.
package nft
