package atomicdir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"argosy.dev/volume/payload"
)

const (
	dataLink    = "..data"
	dataNewLink = "..data_tmp"
)

// Write brings dir to hold the files, owned by group gid where that is not negative. It changes nothing where they are as wanted.
func Write(dir string, files payload.Files, gid int) (changed bool, err error) {
	current, err := os.Readlink(filepath.Join(dir, dataLink))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("reading the volume's state: %w", err)
	}
	if current != "" && same(filepath.Join(dir, current), files) {
		return false, nil
	}
	next, err := os.MkdirTemp(dir, time.Now().UTC().Format("..2006_01_02_15_04_05."))
	if err != nil {
		return false, fmt.Errorf("making the volume's next state: %w", err)
	}
	if err := fill(next, files, gid); err != nil {
		return false, errors.Join(err, os.RemoveAll(next))
	}
	link := filepath.Join(dir, dataNewLink)
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("removing a leftover: %w", err)
	}
	if err := os.Symlink(filepath.Base(next), link); err != nil {
		return false, fmt.Errorf("linking the volume's next state: %w", err)
	}
	if err := os.Rename(link, filepath.Join(dir, dataLink)); err != nil {
		return false, fmt.Errorf("swapping the volume's state: %w", err)
	}
	if err := links(dir, files); err != nil {
		return false, err
	}
	return true, sweep(dir, filepath.Base(next))
}

// fill writes the files into a directory that nobody sees yet.
func fill(dir string, files payload.Files, gid int) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("opening the volume's directory: %w", err)
	}
	for name, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("making a directory of the volume: %w", err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			return fmt.Errorf("writing %s of the volume: %w", name, err)
		}
		mode := fs.FileMode(f.Mode) & 0o777
		if gid >= 0 {
			if err := os.Chown(path, -1, gid); err != nil {
				return fmt.Errorf("giving %s of the volume to its group: %w", name, err)
			}
			mode |= mode >> 3 & 0o070 // what the owner may do, the group may too
		}
		if err := os.Chmod(path, mode); err != nil {
			return fmt.Errorf("setting the mode of %s of the volume: %w", name, err)
		}
	}
	return nil
}

// same compares a state on disk with the files. Modes are compared as they were asked for, without the group's share.
func same(dir string, files payload.Files) bool {
	found := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		want, ok := files[filepath.ToSlash(name)]
		if !ok {
			return fs.ErrNotExist
		}
		have, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want.Data) {
			return fs.ErrNotExist
		}
		found++
		return nil
	})
	return err == nil && found == len(files)
}

// links makes what a reader sees point into ..data, and removes what is there no more.
func links(dir string, files payload.Files) error {
	want := map[string]bool{}
	for name := range files {
		first, _, _ := strings.Cut(name, "/")
		want[first] = true
	}
	for first := range want {
		err := os.Symlink(filepath.Join(dataLink, first), filepath.Join(dir, first))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("linking %s of the volume: %w", first, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("listing the volume: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, "..") && !want[name] && e.Type()&fs.ModeSymlink != 0 {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("removing %s of the volume: %w", name, err)
			}
		}
	}
	return nil
}

// sweep removes former states.
func sweep(dir, current string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("listing the volume: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && strings.HasPrefix(name, "..") && name != current {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("removing a former state of the volume: %w", err)
			}
		}
	}
	return nil
}
