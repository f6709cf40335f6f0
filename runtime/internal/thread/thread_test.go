package thread

import (
	"errors"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRun(t *testing.T) {
	broken := errors.New("broken")
	if err := Run(func() error { return broken }); err != broken {
		t.Errorf("got %v", err)
	}
	var (
		mu   sync.Mutex
		seen = map[int]bool{}
		wg   sync.WaitGroup
	)
	for range 50 {
		wg.Go(func() {
			_ = Run(func() error {
				mu.Lock()
				defer mu.Unlock()
				seen[unix.Gettid()] = true
				return nil
			})
		})
	}
	wg.Wait()
	if seen[unix.Getpid()] {
		t.Error("it ran on the first thread")
	}
}
