// Package content keeps blobs by the digest of their bytes.
//
// Flows in: bytes through a [Writer], which digests them while they are written. Flows out: files. A blob appears under its
// digest whole, verified and synced, or not at all: the writer's file is renamed into place only once its digest is the
// expected one. The package does not know what a blob is good for, nor which are still wanted: that is for its caller, who
// also owns the directory in which unfinished blobs are written.
//
// A Store has no state but its directory, so any number of goroutines and processes may share it. A Writer belongs to one
// goroutine. Blobs are named by SHA-256 or SHA-512, as the OCI image specification allows.
package content
