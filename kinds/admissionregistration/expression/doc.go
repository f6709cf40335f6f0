// Package expression compiles the CEL expressions of admission: the match conditions of webhooks and policies, and what
// policies validate, compute and change.
//
// Flows in: an expression, and what it may look at and must come to. Flows out: the checked expression, or what is wrong with it
// in the words of Kubernetes. Nothing of CEL is built before the first expression is compiled, for that takes longer than all
// else that a server does when it starts. A Compiler may be used concurrently, a Scope may not.
package expression
