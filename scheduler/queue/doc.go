// Package queue holds the pods that wait for a node, and says which is next.
//
// A pod is ready to be tried (highest priority first, then who came first), or cools down after a try, 1 s doubling to 10 s, or waits for something
// to change: pods of one class, to which the cluster looks the same, wait and are woken together. Who waited [MaxWait] is tried whatever happens. A
// pod that was woken is tried before it has cooled down when there is nothing else to do; one whose try failed with an error is not.
//
// Flows in: pods, the outcome of tries, the time. Flows out: pods, and when to look again. The package must never know nodes or rules.
// A [Queue] belongs to one goroutine.
package queue
