// Package atomicdir writes a directory of files so that readers see all of a change at once, or nothing of it:
//
//	DIR/name          -> ..data/name          one link for each first path element
//	DIR/..data        -> ..2026_01_02.123     swapped by a rename
//	DIR/..2026_01_02.123/...                  the files
//
// Containers that watch ..data see the swap. A writer that is killed leaves the old state whole.
package atomicdir
