// Package nettest is for tests of the network room: namespaces that play a node, a pod or a host elsewhere, cables between
// them, and small servers and clients inside. Nothing of it touches the machine's own network namespace, and nothing
// outlives the test.
package nettest
