// Package record tells people what happened, as Events in the cluster.
//
// A Recorder never blocks and never fails its caller: events are written behind its back, repeated ones raise a count instead
// of filling the store, and what comes faster than the limits is dropped. Flows in: an object, a reason, a sentence. Flows
// out: core/v1 Events, as upstream names and counts them.
package record
