package node_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// What is left of pods that are gone goes, in the runtime and on the disk; what is of others stays.
func TestLeftoversGo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.run([]corev1.Container{{Name: "c"}})
		mine := filepath.Join(w.dir, "logs", "default_p_"+string(w.pod().UID), "c")
		gone := []string{filepath.Join(w.dir, "logs", "default_gone_u1"), filepath.Join(w.dir, "pods", "u2", "etc")}
		stays := []string{mine, filepath.Join(w.dir, "logs", "of-somebody-else")}
		for _, dir := range slices.Concat(gone, stays) {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(time.Minute)
		for _, dir := range gone {
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s is still there: %v", dir, err)
			}
		}
		for _, dir := range stays {
			if _, err := os.Stat(dir); err != nil {
				t.Errorf("%s: %v", dir, err)
			}
		}
	})
}

// Of a container that keeps ending, one ended run stays beside the present one.
func TestEndedRunsGo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.run([]corev1.Container{{Name: "c"}})
		for range 4 {
			w.pass(10 * time.Minute)
			w.end(w.container("c").ContainerID[len("argosy://"):], 1)
		}
		w.pass(10 * time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := len(w.containers); n != 2 || w.container("c").RestartCount != 4 {
			t.Errorf("there are %d runs of the container after %d restarts", n, w.container("c").RestartCount)
		}
	})
}
