package scheduler_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// In virtual time: a binding that fails is tried again after 1, 2, 4, 8, 10 and 10 seconds.
func TestFailedBindingsBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		w := run(t, func(w *world) {
			w.join(newNode("n1"))
			w.cluster.bind = func() error {
				if at = append(at, time.Since(began)); len(at) < 7 {
					return errors.New("not now")
				}
				return nil
			}
			w.create(newPod("p", "1"))
		})
		time.Sleep(time.Minute)
		w.bound("p")
		s := time.Second
		if want := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 25 * s, 35 * s}; !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
	})
}
