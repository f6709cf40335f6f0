package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestPowerLoss takes, under concurrent writers, what a disk would hold after a power cut at that moment: all that was
// synced, and a random part of what was not. Whatever had been acknowledged before must be in it.
func TestPowerLoss(t *testing.T) {
	cuts := 60
	if raced || testing.Short() {
		cuts = 10
	}
	random := rand.New(rand.NewPCG(3, 4))
	disk := vfs.NewCrashableMem()
	const writers = 12
	for cut := range cuts {
		s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
		at, before := s.Revision(), acknowledged{}
		var mu sync.Mutex
		wait := random.IntN(400)
		enough := make(chan struct{})
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				for n := 0; ; n++ {
					c := store.Change{Key: fmt.Sprintf("/%d/%d/%d", cut, i, n), Value: crashValue(fmt.Sprintf("/%d/%d/%d", cut, i, n), n), Lazy: i == 0}
					rev, err := s.Commit(t.Context(), c)
					if err != nil {
						return // closed, below
					}
					if c.Lazy {
						continue
					}
					mu.Lock()
					before[c.Key] = rev
					if len(before) == wait+1 {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		mu.Lock()
		must := before.clone()
		mu.Unlock()
		newest := s.Revision()
		after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		closed(t, s)
		wg.Wait()
		disk = after
		s = openWith(t, embedded.Options{Dir: "/store", FS: disk})
		if s.Revision() < newest {
			t.Fatalf("cut %d: opened at revision %d, after %d had been seen", cut, s.Revision(), newest)
		}
		found := acknowledged{}
		if _, err := s.Range(t.Context(), fmt.Sprintf("/%d/", cut), func(r store.Record) error {
			found[r.Key] = r.Revision
			_, err := checkCrashValue(r.Key, r.Value)
			return err
		}); err != nil {
			t.Fatalf("cut %d: %v", cut, err)
		}
		for key, rev := range must {
			if found[key] != rev {
				t.Fatalf("cut %d: %s was acknowledged at revision %d and found at %d (the store was opened at %d)", cut, key, rev, found[key], at)
			}
		}
		closed(t, s)
	}
}

type acknowledged map[string]store.Revision

func (a acknowledged) clone() acknowledged {
	b := make(acknowledged, len(a))
	for k, v := range a {
		b[k] = v
	}
	return b
}
