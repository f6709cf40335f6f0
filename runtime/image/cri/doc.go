// Package cri is the store of images as Kubernetes sees it: the ImageManagerService of CRI v1, in process.
//
// Flows in: CRI's requests, from the node or from a server on a socket. Flows out: answers of the store, and errors as gRPC
// statuses with the codes that CRI's users look at: NotFound, InvalidArgument, FailedPrecondition, Unauthenticated,
// DeadlineExceeded, Unavailable and so on. An error keeps its chain: errors.As finds the *registry.Error of a failed pull with
// its reason, errors.Is finds k8s.io/cri-api/pkg/errors.ErrRegistryUnavailable where the registry cannot be reached.
//
// As in containerd, an image's Id and the reference that PullImage returns are the digest of its configuration. Its Size is what
// it takes on disk, packed and unpacked. RemoveImage removes the image with all its names, also if only one of them was
// given, and even if it is pinned, as CRI asks for; an image in use stays. Runtime handlers and image annotations change
// nothing: there is one store.
//
// A Service has no state of its own and may be used concurrently.
package cri
