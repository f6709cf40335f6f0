// Package controllertest is a whole cluster in memory, for tests: the real store, cache, pipeline, admission and kinds, with the
// controllers on top, and nodes that only pretend to run pods. There is no HTTP and no disk.
//
// It is made to be used inside a testing/synctest bubble, where time costs nothing: Settle waits until nothing happens any more,
// Until lets time pass until something is so.
package controllertest
