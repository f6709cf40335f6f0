// Package snapshot gives each container a root file system of its own: an overlay of an image's layers below, and an empty
// writable directory above.
//
// Flows in: an id chosen by the caller, an image id, and the image's unpacked layers. Flows out: a mounted directory. On disk, in
// the store's directory, for each snapshot:
//
//	ID/image    symbolic link to the image's id; written first, so that a snapshot of any age or state names its image
//	ID/upper    what the container wrote
//	ID/work     overlayfs's own
//	ID/rootfs   where the overlay is mounted
//	.trash/     what is being deleted
//
// Mounts are made with the mount API of Linux 5.2 and one layer at a time (6.8), so that no limit on the length of options
// applies; on an older kernel with mount(2), the layers named by descriptors to keep options short. The overlay is "volatile":
// a container's own writes need not survive the machine, and unmounting does not wait for its disk.
//
// The package never reads an image, knows nothing of containers, and keeps no list in memory: the directory is the list. Methods
// may be called concurrently and from several processes; calls for one id wait for each other within a process. A mount is made
// in the mount namespace of the caller's process and is found again only from there. Mounting needs root: without it, and on
// a kernel without overlayfs, Prepare fails and says so.
package snapshot
