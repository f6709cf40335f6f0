package app

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
)

// keys are the keys in a stopped cluster's store.
func keys(t *testing.T, dataDir string) string {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: filepath.Join(dataDir, storeDir)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var found []string
	if _, err := s.Range(t.Context(), "", func(r store.Record) error {
		found = append(found, r.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestRestoreIntoNothing(t *testing.T) {
	_, file := someState(t)
	fresh := filepath.Join(t.TempDir(), "fresh")
	if err := RestoreStore(t.Context(), StoreRestore{DataDir: fresh, File: "-"}, bytes.NewReader(file), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, fresh); got != "/registry/x" {
		t.Errorf("the restored store holds %q", got)
	}
	if err := existingDataDir(fresh); err != nil {
		t.Error(err)
	}
}

func TestRestoreOverAState(t *testing.T) {
	_, file := someState(t)
	backupFile := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(backupFile, file, 0o600); err != nil {
		t.Fatal(err)
	}
	dataDir, _ := someState(t)
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: filepath.Join(dataDir, storeDir)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), store.Change{Key: "/registry/y", Value: []byte("newer")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	err = RestoreStore(t.Context(), StoreRestore{DataDir: dataDir, File: backupFile}, nil, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("without --replace: %v", err)
	}
	err = RestoreStore(t.Context(), StoreRestore{DataDir: dataDir, File: "-", Replace: true}, bytes.NewReader(file[:len(file)/2]), io.Discard)
	if err == nil {
		t.Error("half a backup was restored")
	}
	if got := keys(t, dataDir); got != "/registry/x /registry/y" {
		t.Fatalf("after two refusals the store holds %q", got)
	}

	var out bytes.Buffer
	if err := RestoreStore(t.Context(), StoreRestore{DataDir: dataDir, File: backupFile, Replace: true}, nil, &out); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, dataDir); got != "/registry/x" {
		t.Errorf("the restored store holds %q", got)
	}
	aside, err := filepath.Glob(filepath.Join(dataDir, storeDir+".*"))
	if err != nil || len(aside) != 1 || !strings.Contains(out.String(), aside[0]) {
		t.Errorf("put aside: %v, %v; it said %q", aside, err, out.String())
	}
}

func TestRestoreWhileInUse(t *testing.T) {
	dataDir, file := someState(t)
	held, err := openDataDir(dataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	err = RestoreStore(t.Context(), StoreRestore{DataDir: dataDir, File: "-", Replace: true}, bytes.NewReader(file), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v", err)
	}
}
