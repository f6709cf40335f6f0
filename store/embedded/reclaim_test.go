package embedded_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"

	"argosy.dev/store"
)

// A store whose history is compacted now and then stays small, however often its few objects change.
func TestReclaim(t *testing.T) {
	rounds := 12
	if raced || testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	s := open(t, dir)
	defer closed(t, s)
	const writers, each = 16, 250
	value := make([]byte, 1200)
	newest := make([]store.Revision, writers)
	for range rounds {
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				for range each {
					rev, err := s.Commit(t.Context(), store.Change{Key: fmt.Sprint("/", i), Value: value, Expect: newest[i]})
					if err != nil {
						t.Error(err)
						return
					}
					newest[i] = rev
				}
			})
		}
		wg.Wait()
		if err := s.Compact(t.Context(), s.Revision()); err != nil {
			t.Fatal(err)
		}
	}
	// 12 rounds have written 115 MB. What is left is the engine's write-ahead logs and what it has not got to yet.
	var size int64
	err := filepath.WalkDir(filepath.Join(dir, "data"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // deleted meanwhile
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	if err != nil || size > 40<<20 {
		t.Errorf("the store's files have %d MiB, %v", size>>20, err)
	}
	t.Logf("%d MiB", size>>20)
}
