package image_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argosy.dev/runtime/image"
	. "argosy.dev/runtime/image/imagetest"
)

const (
	crashDir    = "ARGOSY_TEST_CRASH_DIR"
	crashImages = "ARGOSY_TEST_CRASH_IMAGES"
)

// TestCrashVictim is the process that TestCrash kills: it pulls, runs and removes images for ever.
func TestCrashVictim(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("runs only as a child of TestCrash")
	}
	s, err := image.Open(image.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split(os.Getenv(crashImages), ",")
	for i := 0; ; i++ {
		img, err := s.Pull(t.Context(), names[rand.IntN(len(names))], image.PullOptions{})
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprint("c", i%5)
		if err := s.Snapshots().Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Snapshots().Prepare(t.Context(), id, img.ID); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			_, err := s.Remove(t.Context(), name, false)
			if err != nil && !errors.Is(err, image.ErrInUse) && !errors.Is(err, image.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if err := s.Snapshots().Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCrash kills a process at random points of its work on a store and then finds the store sound, each time.
func TestCrash(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	r := NewRegistry(t)
	contents := map[string]string{}
	var names []string
	for i := range 4 {
		content := fmt.Sprint("content ", i)
		name := r.Push(t, fmt.Sprint("app", i), "v1", simple(t, content))
		contents[name] = content
		names = append(names, name)
	}
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		victim := exec.Command(os.Args[0], "-test.run=^TestCrashVictim$")
		victim.Env = append(os.Environ(), crashDir+"="+dir, crashImages+"="+strings.Join(names, ","))
		var output strings.Builder
		victim.Stdout, victim.Stderr = &output, &output
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(20+rand.IntN(180))*time.Millisecond, func() { _ = victim.Process.Kill() })
		_ = victim.Wait() // killed
		if !timer.Stop() && victim.ProcessState.Exited() || victim.ProcessState.Success() {
			t.Fatalf("round %d: the victim ended by itself: %s", round, output.String())
		}
		checkSound(t, dir, contents)
	}
}

// checkSound opens a store that a process died on.
func checkSound(t *testing.T, dir string, contents map[string]string) {
	t.Helper()
	s, err := image.Open(image.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	snapshots, err := s.Snapshots().List()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range snapshots {
		if err := s.Snapshots().Remove(context.Background(), info.ID); err != nil {
			t.Errorf("removing what was left: %v", err)
		}
	}
	list, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range list {
		rootfs, err := s.Snapshots().Prepare(t.Context(), "check", img.ID)
		if err != nil {
			t.Fatalf("%v: %v", img.Names, err)
		}
		if data, err := os.ReadFile(filepath.Join(rootfs, "f")); err != nil || string(data) != contents[img.Names[0]] {
			t.Errorf("%v: holds %q, %v", img.Names, data, err)
		}
		if err := s.Snapshots().Remove(t.Context(), "check"); err != nil {
			t.Error(err)
		}
	}
	// Removing everything collects everything, leftovers included.
	for _, img := range list {
		if _, err := s.Remove(t.Context(), img.ID, true); err != nil {
			t.Error(err)
		}
	}
	if len(list) > 0 {
		holds(t, s, 0, 0)
	}
}
