// Package index is the list of images: which names mean which image, and what each image consists of.
//
// Flows in: records of images whose blobs and layers are on disk, and names. Flows out: answers to "which image is this", and
// the file. The operations on an Index are pure; [Read] and [Index.Write] are all that touches a disk, and Write replaces the
// file as a whole, so that a reader, a crash or a power failure sees either the old list or the new one. The package knows no
// locks: whoever changes the file holds one.
//
// A name (REGISTRY/REPOSITORY:TAG) means one image at most; an image may have many names or none. A digest name
// (REGISTRY/REPOSITORY@DIGEST) says where an image came from and stays with it.
package index
