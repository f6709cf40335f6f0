package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"argosy.dev/runtime/image/tree"
)

// version is of the file's format. A reader of an older version refuses a newer one.
const version = 1

// ErrDamaged says that the file cannot be understood.
var ErrDamaged = errors.New("the list of images is damaged")

// Read reads the file; one that does not exist is an empty index.
func Read(path string) (Index, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Index{Version: version}, nil
	}
	if err != nil {
		return Index{}, fmt.Errorf("reading the list of images: %w", err)
	}
	defer f.Close()
	return Parse(f)
}

// Parse reads an open file.
func Parse(f *os.File) (Index, error) {
	data, err := io.ReadAll(f)
	if err != nil {
		return Index{}, fmt.Errorf("reading the list of images: %w", err)
	}
	x, err := decode(data)
	if err != nil {
		return Index{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return x, nil
}

func decode(data []byte) (Index, error) {
	var x Index
	if err := json.Unmarshal(data, &x); err != nil {
		return Index{}, fmt.Errorf("%w (move it away to start with no images): %w", ErrDamaged, err)
	}
	if x.Version != version {
		return Index{}, fmt.Errorf("the list of images has format version %d, this program knows %d: it was written by another release", x.Version, version)
	}
	for _, r := range x.Images {
		if err := r.check(); err != nil {
			return Index{}, fmt.Errorf("%w (move it away to start with no images): image %q: %w", ErrDamaged, r.ID, err)
		}
	}
	return x, nil
}

// check sees to it that digests may become paths.
func (r Record) check() error {
	all := append(r.Blobs(), r.ID)
	for _, l := range r.Layers {
		all = append(all, l.DiffID, l.Chain)
	}
	for _, d := range all {
		if err := d.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Write replaces the file, durably.
func (x Index) Write(path string) error {
	x.Version = version
	data, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		return fmt.Errorf("writing the list of images: %w", err)
	}
	temp := path + ".new" // one writer at a time: the caller holds the lock
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the list of images: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("writing the list of images: %w", err)
	}
	return tree.SyncDir(filepath.Dir(path))
}
