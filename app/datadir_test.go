package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDirIsMadeKeptAndHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "here")
	d, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v; want 0700", info.Mode(), err)
	}
	if err := os.WriteFile(d.join("kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	_, err = openDataDir(path)
	if !errors.Is(err, errInUse) || !strings.Contains(err.Error(), path) {
		t.Errorf("taken twice: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d, err = openDataDir(path)
	if err != nil {
		t.Fatalf("taken again after Close: %v", err)
	}
	defer d.Close()
	if _, err := os.Stat(d.join("kept")); err != nil {
		t.Error(err)
	}
	if err := existingDataDir(path); err != nil {
		t.Error(err)
	}
}

func TestDataDirRefusesWhatIsNotArgosys(t *testing.T) {
	tests := []struct {
		name, file, content string
		want                string // in the error; "": accepted
	}{
		{"empty", "", "", ""},
		{"a fresh file system", "lost+found", "", ""},
		{"an interrupted first start", lockFile, "1\n", ""},
		{"somebody's files", "thesis.tex", "…", "thesis.tex"},
		{"another program's format", formatFile, "gif89a", "gif89a"},
		{"a newer build's", formatFile, formatPrefix + "2", "newer"},
		{"ours", formatFile, formatPrefix + "1\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := t.TempDir()
			if tt.file != "" {
				if err := os.WriteFile(filepath.Join(path, tt.file), []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			d, err := openDataDir(path)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				d.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error %v, want one that mentions %s and %s", err, tt.want, path)
			}
			entries, err := os.ReadDir(path)
			if err != nil || len(entries) != 1 {
				t.Errorf("the refused directory was touched: %v, %v", entries, err)
			}
		})
	}

	t.Run("a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v, want one that mentions %s", err, path)
		}
	})
	t.Run("none, for a command that needs one", func(t *testing.T) {
		if err := existingDataDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--data-dir") {
			t.Errorf("error %v", err)
		}
	})
}
