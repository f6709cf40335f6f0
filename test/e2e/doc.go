// Package e2e tests the built binary from outside, as users meet it: every test starts bin/argosy as a process of its own,
// speaks to it through kubectl and HTTPS, and looks at the kernel afterwards. It knows nothing of Argosy's packages.
//
// Run it with make test, or by hand:
//
//	make build && ARGOSY_BIN=$PWD/bin/argosy go test ./test/e2e/...
//
// Tests that raise a node need root and say so when they skip. What a failed test's cluster printed is kept under out/e2e.
package e2e
