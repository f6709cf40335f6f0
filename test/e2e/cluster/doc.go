// Package cluster runs the argosy binary for tests: one-shot commands ([Run]), and clusters ([Up], [Server]) with a data directory
// and an address of their own, a kubectl, a graceful stop, kill -9 and start again. When the test ends it stops what still
// runs, and fails the test if anything is left behind in the kernel.
//
// The binary is $ARGOSY_BIN, or bin/argosy of the repository. kubectl is $KUBECTL, or the user's own on the PATH, or the one
// inside the binary. Full output of failed clusters goes to out/e2e/TEST.log ($ARGOSY_E2E_OUT names
// another folder).
//
// A [Cluster] belongs to one test and one goroutine; different tests may use different ones at the same time, but the check
// for leftovers compares the whole machine, so tests that raise nodes must not run in parallel.
package cluster
