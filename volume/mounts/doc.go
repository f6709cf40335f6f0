// Package mounts mounts what volumes need and takes it down again: file systems in memory, and single paths below a volume
// that a container is given instead of the whole. Everything that it mounts lies below one directory a pod, so that Clear finds
// it again after a crash.
package mounts
