package ownership

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestGive(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving files away needs root")
	}
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	for path, mode := range map[string]os.FileMode{filepath.Join(root, "f"): 0o600, filepath.Join(root, "x"): 0o700, outside: 0o600} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	look := func(path string) (os.FileMode, uint32) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode(), info.Sys().(*syscall.Stat_t).Gid
	}
	always, mismatch := corev1.FSGroupChangeAlways, corev1.FSGroupChangeOnRootMismatch
	if err := Give(root, 2000, &mismatch); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{root: os.ModeDir | os.ModeSetgid | 0o775, filepath.Join(root, "f"): 0o660, filepath.Join(root, "x"): 0o770} {
		if mode, gid := look(path); mode|0o005 != want|0o005 || gid != 2000 {
			t.Errorf("%s: %v, group %d; want %v", path, mode, gid, want)
		}
	}
	if mode, gid := look(outside); mode != 0o600 || gid == 2000 {
		t.Errorf("a link led out of the volume: %v, %d", mode, gid)
	}
	fresh := filepath.Join(root, "fresh")
	if err := os.WriteFile(fresh, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Give(root, 2000, &mismatch); err != nil {
		t.Fatal(err)
	}
	if mode, _ := look(fresh); mode != 0o600 {
		t.Errorf("nothing was to be done: %v", mode)
	}
	if err := Give(root, 2000, &always); err != nil {
		t.Fatal(err)
	}
	if mode, _ := look(fresh); mode != 0o660 {
		t.Errorf("always: %v", mode)
	}
}
