package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

func TestRestoreOfWhatIsNoBackup(t *testing.T) {
	dir := t.TempDir()
	file, data := filepath.Join(dir, "holiday.jpg"), filepath.Join(dir, "data")
	if err := os.WriteFile(file, []byte("not a backup, however long it may be; a header has 16 bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	cluster.Run(t, "store", "restore", file, "--data-dir", data).Fails(t, 1, data, "backup")
	if _, err := os.Stat(filepath.Join(data, "store")); !os.IsNotExist(err) {
		t.Errorf("a store was made: %v", err)
	}
	cluster.Run(t, "store", "restore", filepath.Join(dir, "none"), "--data-dir", data).Fails(t, 1, filepath.Join(dir, "none"))
	cluster.Run(t, "store", "restore").Fails(t, 2, "FILE is missing")
}

func TestBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	cluster.Run(t, "store", "backup", file, "--data-dir", filepath.Join(dir, "data")).Fails(t, 1, filepath.Join(dir, "data"), "--data-dir")
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}
