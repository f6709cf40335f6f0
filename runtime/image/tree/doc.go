// Package tree removes, measures and syncs directory trees whose contents nobody can vouch for: unpacked layers and what
// containers wrote.
//
// Flows in: the path of a tree, whose parents are the store's own and trusted. Flows out: nothing left of it, or its size.
// No function here ever follows a symbolic link or enters another file system's mount: a volume that is still mounted in a
// tree stops its removal with [ErrMounted] and stays whole. The package knows nothing of images.
//
// All functions may run concurrently, also on the same tree: what another caller has removed already counts as removed.
package tree
