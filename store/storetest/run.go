package storetest

import (
	"testing"

	"argosy.dev/store"
)

// Open opens the store in dir, which it may have to make, and fails t where it cannot. Run closes what it opens.
type Open func(t *testing.T, dir string) store.Store

// Run checks that the engine that open opens keeps the contract.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"Empty", testEmpty},
		{"Revisions", testRevisions},
		{"Conditions", testConditions},
		{"Values", testValues},
		{"BadChanges", testBadChanges},
		{"CancelledContext", testCancelledContext},
		{"RangeOrder", testRangeOrder},
		{"RangeOneRevision", testRangeOneRevision},
		{"RangeError", testRangeError},
		{"WatchFromEachRevision", testWatchFromEachRevision},
		{"WatchPrefix", testWatchPrefix},
		{"WatchBounds", testWatchBounds},
		{"WatchSentBeforeCommitReturns", testWatchSentBeforeCommitReturns},
		{"WatchOwnSlice", testWatchOwnSlice},
		{"WatchEnds", testWatchEnds},
		{"WatchSlow", testWatchSlow},
		{"WatchSlowCompacted", testWatchSlowCompacted},
		{"Attachment", testAttachment},
		{"Lazy", testLazy},
		{"Compact", testCompact},
		{"CompactKeepsNewest", testCompactKeepsNewest},
		{"Close", testClose},
		{"CloseWhileBusy", testCloseWhileBusy},
		{"Reopen", testReopen},
		{"ManyWriters", testManyWriters},
		{"OneKeyManyWriters", testOneKeyManyWriters},
		{"RandomHistories", testRandomHistories},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}
