// Package hooks runs lifecycle hooks: what a pod's spec asks for right after a container was started (postStart) and right before it is
// stopped (preStop). A hook and the container that it is for go in; an error comes out, and the caller decides what that means.
//
// Hooks work as upstream's do: an HTTP answer of any code is success; variables in commands are not expanded; a tcpSocket, which
// Kubernetes has never carried out and its API documents as failing, fails. Other than there, an https hook whose server speaks plain
// HTTP fails, instead of being sent again without encryption.
//
// The room must never start or stop a container. A Runner is safe for concurrent use.
package hooks
