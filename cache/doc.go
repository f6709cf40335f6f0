// Package cache is the one live copy of the cluster in memory: objects, indexes, recent changes, encodings.
//
// A [Cache] follows one store. For each kind it holds a [Table]: the newest [Entry] of every object in key order, indexes,
// and the history of recent changes from which watches resume and older states are read. The API's reads and watches,
// the controllers and the scheduler of the same process all read the same entries: an Entry's object is immutable for ever,
// and whoever wants to change one copies it first. Builds with the tag "invariants" panic on who forgets.
//
// Flows in: the store's events, and with them, from writers in this process, the objects already made ([Prepared]). Flows
// out: entries, changes in revision order without gaps or repeats, and encodings made at most once an entry.
//
// The cache must never know what a kind means, how a request looks, or who may see what: it is told how to decode, encode
// and index by [Config]. Everything here is safe for concurrent use; readers never wait for the disk.
package cache
