// Package conformance is the conformance suite of Kubernetes as a program, e2e.test: a module of its own, for what the suite
// depends on is nothing that Argosy may. "make conformance" builds it and its images, raises a cluster, and runs it (package
// run). Known failures stand in known.txt.
//
//	make conformance                          # all of it
//	make conformance FOCUS='\[sig-node\] Pods'  # specs whose names match
//	make conformance KNOWN=1                  # the known failures as well
package conformance
