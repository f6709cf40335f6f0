// Package embedded is the store of a single server: one process, one directory, one disk.
//
// Flows in: changes, each conditioned on a revision. A single committer takes all that wait, checks them against the newest
// revisions in memory, and makes them durable with one sync of the disk; while it waits for the disk the next group
// gathers, so that a lone writer waits for one sync and nothing else, and many share one. Flows out: records, read from
// disk as of one revision, and the stream of changes: from memory for a watcher that keeps up, from the log on disk for
// one that starts further back or lags. A store that nobody uses does nothing: no timer runs.
//
// The engine under it is pebble, by the measurement in store/enginebench: beside bbolt it makes twice the commits a
// second with one writer (one sync of the disk each, not two) and 2.5 times with 128, for 9 MB more binary, 1 MB more
// heap and, with 50,000 records, 55 ms more at start. It never leaks out of this package but for Options.FS.
//
// What must never happen, and why it cannot: a change that was acknowledged is lost (it was synced before); a revision is
// given out twice, even one that a crash took back (gap.go); a full disk breaks the engine (space.go); the engine ends
// the process (fatal.go). Values are not copied: a Change's value is the Event's value.
//
// It must never know what a value means. All methods of Store and of its watches may be called from any goroutine.
package embedded
