// Package storetest is what every engine of store must pass.
//
// Call [Run] from the engine's tests. It checks what store.Store promises: revisions, conditional changes, one-revision
// ranges, compaction, errors, close and reopen; and of watches that they are
//
//   - ordered: events come in revision order,
//   - unique: no event comes twice,
//   - reliable: no event is missing in between,
//   - resumable: a watch from any kept revision gives the same events, after a restart too,
//   - atomic: a range's revision and a watch after it fit together without a gap or a repeat.
//
// Concurrent and random histories are checked against a model, a map and a list. Nothing here knows an engine.
package storetest
