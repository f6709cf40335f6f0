// Package rules says what a scheduling rule is; each rule is a folder below.
//
// A rule looks at a pod once, in the light of a snapshot, and hands out what to ask of each node: a check that tells whether
// the pod may go there, a score that tells how good that would be. Both are pure functions of the snapshot, which must not change
// meanwhile. A rule knows snapshot and facts, no other rule, no queue, no client.
package rules
