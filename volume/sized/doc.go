// Package sized makes volumes on this machine whose size is enforced, and which grow while they are in use.
//
// A volume is a directory, Dir/NAME:
//
//	volume.json  what it is. Written last when a volume is made, removed first when it is deleted: without it there is no volume
//	image        what is on it, as a disk image: a loop device makes a disk of it, the file system on that holds to its size
//	fs           where its file system is mounted while anybody uses it
//	users        an empty file for each user
//
// Where the file system of Dir knows quotas of its own, fs is a plain directory (a subvolume on btrfs) with such a quota, and there is no image.
//
// Everything may be called again after a crash, and finishes what was begun. Nothing is mounted that nobody uses; loop devices go with
// their mounts. The package must never know claims, pods or the API.
package sized
