package loop

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailuresComeAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		var at []time.Duration
		c := &Controller{Name: "test", Workers: 1, FirstRetry: time.Second, LastRetry: 4 * time.Second,
			Sources: []Source{func(ctx context.Context, enqueue func(Key)) error {
				enqueue(Key{Name: "a"})
				<-ctx.Done()
				return ctx.Err()
			}},
			Reconcile: func(context.Context, Key) (time.Duration, error) {
				at = append(at, time.Since(began))
				if len(at) == 5 {
					cancel()
				}
				return 0, errors.New("not yet")
			}}
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 11 * time.Second}
		for i := range want {
			if at[i] != want[i] {
				t.Fatalf("reconciled at %v, want %v", at, want)
			}
		}
	})
}

func TestAgainAndBrokenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var mu sync.Mutex
		times := 0
		c := &Controller{Name: "test", Sources: []Source{
			func(ctx context.Context, enqueue func(Key)) error {
				enqueue(Key{Name: "a"})
				<-time.After(10*time.Second + time.Millisecond)
				return broken
			}},
			Reconcile: func(context.Context, Key) (time.Duration, error) {
				mu.Lock()
				defer mu.Unlock()
				times++
				return time.Second, nil
			}}
		if err := c.Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("Run returned %v, want the source's error", err)
		}
		if times != 11 {
			t.Errorf("looked %d times in ten seconds, want 11", times)
		}
	})
}
