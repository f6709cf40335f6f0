package sized

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	recordFile = "volume.json"
	imageFile  = "image"
	mountDir   = "fs"
)

// record is what is known of a volume.
type record struct {
	// Size in bytes; Settled is how large the file system is.
	Size    int64 `json:"size"`
	Settled int64 `json:"settled"`
	Block   bool  `json:"block,omitempty"`
	// Format is the file system on the image, or "btrfs-quota".
	Format string `json:"format,omitempty"`
	// Published volumes have been told of: what is on them may be wanted.
	Published bool `json:"published,omitempty"`
}

func readRecord(dir string) (r record, err error) {
	data, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("reading what volume %s is: %w", filepath.Base(dir), err)
	}
	return r, nil
}

// write makes the record durable, in one step.
func (r record) write(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding what a volume is: %w", err)
	}
	next := filepath.Join(dir, recordFile+".next")
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing what a volume is: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing what a volume is: %w", err)
	}
	if err := os.Rename(next, filepath.Join(dir, recordFile)); err != nil {
		return fmt.Errorf("writing what a volume is: %w", err)
	}
	return syncDir(dir)
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// remove takes a volume's directory away, finished or not. The record goes first: what follows may be cut short.
func remove(dir string) error {
	r, known := readRecord(dir)
	if err := os.Remove(filepath.Join(dir, recordFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a volume: %w", err)
	}
	if err := down(dir); err != nil {
		return err
	}
	if known != nil || r.Format == btrfsQuota {
		if err := removeSubvolume(filepath.Join(dir, mountDir)); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing a volume: %w", err)
	}
	return nil
}
