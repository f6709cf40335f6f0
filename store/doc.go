// Package store is the contract between the cluster's live copy and whatever keeps it on disk: keys, bytes, revisions.
//
// A store is one ordered history. Every successful change gets the next [Revision]; revisions never repeat and never go
// back, also not across a restart, a crash or a restore. A key holds at most one value; a value is bytes that the store
// never looks into. History older than the compaction point is forgotten, the newest value of every key never is.
//
// Flows in: conditional changes ([Change]) from the resource pipeline. Flows out: records, and an ordered, gapless,
// unrepeated sequence of [Event] from any revision that is still kept. The store must never know what an API object is,
// what an encoding is, or who watches.
//
// Engines live in folders below: embedded (one process, one disk) and, later, etcd. Each must pass storetest.Run.
package store
