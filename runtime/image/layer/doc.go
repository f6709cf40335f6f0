// Package layer turns an image layer, a tar archive from anyone, into a directory that overlayfs can use as a lower layer.
//
// Flows in: the blob, plain or compressed with gzip or zstd, an empty directory, and the directories of the layers below.
// Flows out: the directory filled, the digest of the uncompressed archive (the layer's "diff ID") for the caller to compare, and
// what it takes on disk. The rules are those of the OCI image specification, "Image Layer Filesystem Changeset"; whiteouts
// become what overlayfs knows: a character device 0:0 for a deleted name, the attribute trusted.overlay.opaque for a directory
// whose lower contents are hidden.
//
// A directory that the archive uses without an entry of its own takes its owner, mode and attributes from the layers below,
// a symbolic link there leads to where it points, and a hard link may name a file of a layer below, which is then copied:
// as if the archive was unpacked over the layers below, though nothing is ever written to them.
//
// The archive is not trusted:
//   - A name that climbs out of the root is refused with [ErrUnsafe]. So is a hard link to such a name. Absolute names count
//     from the root. Symbolic links are kept as they are, whatever they point to: only inside a container do they mean
//     something. While unpacking they are resolved by this package alone, inside the root; the kernel is never asked to
//     follow one.
//   - Device nodes are left out and counted: a container gets its devices from its runtime, not from its image.
//   - Of extended attributes only security.capability, POSIX ACLs and user.* are kept. What overlayfs itself would obey
//     (trusted.overlay.*, user.overlay.*) never comes from an archive.
//   - [Limits] bound what an archive may unpack to; passing one is [ErrLimit].
//
// The package knows nothing of registries, digests of blobs, or mounts. It needs CAP_CHOWN, CAP_FOWNER, CAP_MKNOD, CAP_SETFCAP
// and CAP_SYS_ADMIN (for trusted.*), in short root. [Unpack] may run concurrently for different directories.
package layer
