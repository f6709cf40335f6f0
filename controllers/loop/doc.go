// Package loop is what every controller is built on: sources say which objects to look at, a queue holds each at most once,
// workers reconcile them, failures come again with a growing delay.
//
// A controller is level-triggered: its Reconcile is given a key, reads what is and what is wanted from the client, and takes
// one step towards it. It must never depend on having seen an event: events only say where to look. Reads include the
// controller's own finished writes, so that no bookkeeping of expected changes is needed.
//
// Flows in: objects that change, through client.Resource.Follow. Flows out: calls of Reconcile, never two at once for one
// key. The package must never know a kind.
package loop
