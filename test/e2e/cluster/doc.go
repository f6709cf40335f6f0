// Package cluster runs the argosy binary for tests: one-shot commands ([Run]), and clusters ([Up], [Server]) with a data directory
// and an address of their own, a kubectl, a graceful stop, kill -9 and start again. When the test ends it stops what still
// runs, and fails the test if anything is left behind in the kernel.
//
// The binary is $ARGOSY_BIN, or bin/argosy of the repository. kubectl is the one inside the binary; [UserTool] is the user's
// own. Full output of failed clusters goes to out/e2e/TEST.log ($ARGOSY_E2E_OUT names another folder).
//
// Each node has a host of its own: a network namespace with an uplink to another one, the world. So it meets no cluster that
// runs on this machine already, and what it leaves in the network is seen, and several may run at the same time. One
// goroutine starts and stops a [Cluster]; its commands and clients may be used by many.
package cluster
