// Package emptydir makes scratch directories that live as long as their pod: on the node's disk, or in memory.
package emptydir
