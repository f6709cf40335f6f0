package network

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNFS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v")
	var ran string
	answer := error(nil)
	m := &Mounter{Helper: func(string) bool { return true }, Run: func(_ context.Context, name string, args ...string) (string, error) {
		ran = name + " " + strings.Join(args, " ")
		return "unknown filesystem type 'nfs'\n", answer
	}}
	ctx := context.Background()
	if err := m.NFS(ctx, dir, "fd00::1", "/export", true, []string{"vers=4.2"}); err != nil {
		t.Fatal(err)
	}
	if want := "mount -t nfs -o vers=4.2,ro [fd00::1]:/export " + dir; ran != want {
		t.Errorf("ran %q, want %q", ran, want)
	}
	answer = errors.New("exit status 32")
	if err := m.NFS(ctx, dir, "files", "/", false, nil); err == nil || !strings.Contains(err.Error(), "mounting files:/: exit status 32: unknown filesystem type 'nfs'") {
		t.Errorf("got %v", err)
	}
	m.Helper = func(string) bool { return false }
	none := filepath.Join(t.TempDir(), "none")
	if err := m.NFS(ctx, none, "files", "/", false, nil); err == nil || !strings.Contains(err.Error(), "nfs-common") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Error("a directory was made for nothing")
	}
}
