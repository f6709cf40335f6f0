package runtime

import (
	"context"
	"net/netip"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Images gives containers their root file systems.
type Images interface {
	// Resolve finds an image that is on this node, by any name of it or its id.
	Resolve(ctx context.Context, ref string) (Image, error)
	// Prepare mounts a writable root file system of the image, to be known by the container's id.
	Prepare(ctx context.Context, containerID, imageID string) (rootfs string, err error)
	// PrepareMapped is like Prepare, with the owners of all files as they are in a user namespace.
	PrepareMapped(ctx context.Context, containerID, imageID string, o Owners) (rootfs string, err error)
	// Remove unmounts and deletes it. Of one that is not there it says nothing.
	Remove(ctx context.Context, containerID string) error
	// Usage tells what a container wrote to its root file system.
	Usage(ctx context.Context, containerID string) (bytes, inodes uint64, err error)
}

// Image is what a container needs to know of an image.
type Image struct {
	// ID is the digest of the configuration. Ref is what the CRI calls image_ref: a name with a digest, or the id.
	ID, Ref string
	Config  imagespec.ImageConfig
}

// Owners say whose the files of a root file system are.
type Owners struct {
	// Namespace is the path of a pinned user namespace; RootUID and RootGID are its root on the host.
	Namespace        string
	RootUID, RootGID uint32
}

// Network gives sandboxes their addresses.
type Network interface {
	// Attach connects a network namespace, in which only the loopback interface is up.
	Attach(ctx context.Context, pod Pod) ([]netip.Addr, error)
	// Detach undoes Attach, also when the namespace is gone. Of one that was never attached it says nothing. It must
	// not wait for the kernel to take interfaces down.
	Detach(ctx context.Context, sandboxID, netns string) error
}

// Pod is a sandbox as the network sees it.
type Pod struct {
	SandboxID, Namespace, Name, UID string
	// Netns is the path of the pinned network namespace.
	Netns string
	Ports []PortMapping
}

// PortMapping forwards a port of the host to the pod.
type PortMapping struct {
	Protocol      string // TCP, UDP or SCTP
	ContainerPort int32
	HostPort      int32
	HostIP        string // empty: any
}
