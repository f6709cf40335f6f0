// Package crilog writes a container's output in the CRI log format: one line "TIME STREAM TAG TEXT" each, TIME in UTC
// with nanoseconds, TAG P for a part of a line and F for its end (KEP: CRI container logs).
//
// Bytes flow in as they were read from the container; lines flow out to one file, shared by stdout and stderr. A file can
// be reopened after somebody renamed it, and rotates itself above a size. A disk that takes no more loses lines, never
// blocks the container. Not safe for concurrent use: the supervisor has one loop.
package crilog
