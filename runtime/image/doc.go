// Package image is the image half of the embedded runtime: which images a node has, where they come from, and root file systems
// made of them. [Store] is what the rooms around it use.
//
// # What flows in and out
//
// Images come in by [Store.Pull] (a registry), [Store.Load] (an archive, as "docker save" or the OCI layout make them) and
// [Store.Create] (files, through package build). Out go: [Store.Resolve] (what does this name mean, with the OCI configuration
// that a container is made from), [Store.List], [Store.Export], and by [Store.Snapshots] a mounted root file system for a
// container. Package cri speaks Kubernetes' ImageManagerService on top of it.
//
// A container's start needs two calls:
//
//	img, err := store.Resolve(ctx, "docker.io/library/nginx:latest") // or an id, or a digest
//	rootfs, err := store.Snapshots().Prepare(ctx, containerID, img.ID)
//
// and its end one, store.Snapshots().Remove(ctx, containerID). While a snapshot exists, its image cannot be removed.
//
// An image's id is the digest of its configuration, as everywhere in CRI. The package must never know pods, containers, or the
// cluster.
//
// # On disk
//
//	DIR/index.json               the images: names, digests, layers (package index)
//	DIR/blobs/ALGORITHM/HEX      manifests, configurations, layers as they came (package content); the time of change of a
//	                             configuration is when its image was last used
//	DIR/layers/HEX/fs            a layer unpacked, by the hash of its chain id; layer.json beside it tells its size
//	DIR/snapshots/ID/            containers' root file systems (package snapshot)
//	DIR/work/ID/                 what one operation in progress has; "lock" is held by it, "refs" lists what it needs
//	DIR/trash/                   what is being deleted
//	DIR/lock                     see below
//	DIR/registries.yaml          how to speak to registries (package registry), unless Options name another file
//
// Everything appears under its final name complete and synced, by a rename; index.json is replaced as a whole. So a process
// may be killed, or the power fail, at any point: what was acknowledged is there, and what was begun is deleted at the next
// Open or removal, recognised by the lock that nobody holds any more.
//
// # Several processes
//
// Any number of processes and goroutines may use one directory, such as a running cluster and the command line. DIR/lock is
// held (flock) exclusively while index.json changes or unneeded blobs and layers are put aside, and shared while something is
// about to depend on them: by an operation that notes in its refs what it needs, and by Prepare until its snapshot names its
// image. It is never held while bytes are fetched, unpacked or deleted. Each process reads index.json again when it has changed.
//
// The work that pulls of one process have in common (an image, a blob, a layer) is done once; between processes the first to
// finish wins and the other's copy is dropped.
package image
