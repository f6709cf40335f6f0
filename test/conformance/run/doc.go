// Command run runs the conformance suite against a cluster that it raises: "argosy up" in namespaces of its own, with the images
// of the suite loaded. It compares what failed with the list of known failures, prints the counts by area, and fails if a spec
// failed that the list does not have, or passed that it has.
//
// The suite (e2e.test) and what starts it in parallel (ginkgo) are programs beside it; "make conformance" builds them all.
package main
