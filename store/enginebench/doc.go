// Package enginebench holds the measurement that chose the embedded engine: bbolt beside pebble, both driven the way
// store/embedded drives its engine (one committer, a batch of two writes a change, one durable commit a batch).
//
// It has no code of its own, only benchmarks; run `go test -bench . ./store/enginebench`. What they report:
//
//   - Commit: commits a second with 1 and 128 writers of 1.2 KiB values, and the same as a ratio to the fsyncs a second that
//     the same directory does (fsync-ratio: 1 is a lone writer that waits for one fsync and nothing else).
//   - Open: from a closed store with 50,000 records to an index of all their keys.
//   - Idle: heap and resident bytes that an open store with 50,000 records adds to a process.
//   - BinarySize: bytes that the engine adds to a static, stripped binary.
//
// The result is recorded in the package comment of store/embedded.
package enginebench
