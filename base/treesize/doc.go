// Package treesize measures what a directory takes of its disk. It counts blocks, as the kernel does when the disk gets full: not lengths of
// files, which may have holes.
//
// It remembers nothing and is safe for concurrent use.
package treesize
