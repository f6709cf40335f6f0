package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// marker is in the name of every file that is not yet in its place.
const marker = ".argosy-tmp-"

// Owner is who a file shall belong to.
type Owner struct{ UID, GID int }

// File is one file to be written.
type File struct {
	Path string
	Data []byte
	Mode fs.FileMode // exactly; the umask does not matter
	// Owner is who the file is given to before anybody can see it; nil leaves it to the process's user.
	Owner *Owner
}

// Write puts the files in their places, in the given order: if it is cut off, those that are in place are the first ones
// of the list. The directories must exist. A symbolic link in a file's place is replaced, not followed. Many files in one
// call cost the disk little more than one.
func Write(files ...File) error {
	written := make([]string, 0, len(files)) // under their temporary names
	discard := func(from int) {
		for _, path := range written[from:] {
			os.Remove(path) // best effort: the error that led here says more
		}
	}
	for _, f := range files {
		path, err := f.stage()
		if err != nil {
			discard(0)
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
		written = append(written, path)
	}
	for i, path := range written {
		if err := syncPath(path); err != nil {
			discard(0)
			return fmt.Errorf("writing %s to the disk: %w", files[i].Path, err)
		}
	}
	for i, f := range files {
		if err := os.Rename(written[i], f.Path); err != nil {
			discard(i)
			return fmt.Errorf("putting %s in its place: %w", f.Path, err)
		}
		dir := filepath.Dir(f.Path)
		if i+1 < len(files) && filepath.Dir(files[i+1].Path) == dir {
			continue
		}
		if err := syncPath(dir); err != nil {
			discard(i + 1)
			return fmt.Errorf("making a rename in %s durable: %w", dir, err)
		}
	}
	return nil
}

// stage writes the file beside its place and returns where.
func (f File) stage() (path string, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(f.Path), "."+filepath.Base(f.Path)+marker+"*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, tmp.Close()); err != nil {
			os.Remove(tmp.Name()) // best effort, as above
		}
	}()
	if f.Owner != nil {
		if err := tmp.Chown(f.Owner.UID, f.Owner.GID); err != nil {
			return "", err
		}
	}
	if err := tmp.Chmod(f.Mode); err != nil {
		return "", err
	}
	_, err = tmp.Write(f.Data)
	return tmp.Name(), err
}

// syncPath waits until a file's content, or a directory's entries, are on the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// RemoveUnfinished deletes from dir what a Write left behind that was killed halfway. No Write into dir may be under way.
func RemoveUnfinished(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for unfinished files: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") || !strings.Contains(e.Name(), marker) || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("removing an unfinished file: %w", err)
		}
	}
	return nil
}
