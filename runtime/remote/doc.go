// Package remote is a container runtime behind a socket: containerd's, CRI-O's, or Argosy's own in another process ("argosy
// runtime serve"), as the same Go calls that the embedded runtime offers.
//
// CRI v1 requests flow in and leave over gRPC. What the runtime lacks is answered in its stead where that can be done without
// it: a runtime that tells no events is listed once a second, and what changed is told. Everything else comes back as it was
// answered. The package knows no particular runtime.
//
// Services may be used from any goroutine.
package remote
