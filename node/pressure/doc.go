// Package pressure decides when a machine is short of something and what is then ended: the documentation's "Node-pressure eviction".
//
//	config.go   thresholds, from the kubelet's flags; the one home of their defaults
//	watch.go    what there is, held against the thresholds over time -> conditions, and what must be reclaimed now
//	rank.go     which pod goes first, and in which words
//
// Flows in: observations of the machine and what pods use of it. Flows out: node conditions, a crisis, an order of pods. It measures
// nothing, ends nothing and knows no clock but the time that it is given.
//
// Config is immutable; a Watch belongs to one goroutine.
package pressure
