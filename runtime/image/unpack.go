package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/tree"
)

// layerDir is where a layer is or would be, by chain id.
func (s *Store) layerDir(chain digest.Digest) string {
	return filepath.Join(s.dir, "layers", chain.Encoded())
}

// layerFS is the unpacked layer itself.
func (s *Store) layerFS(chain digest.Digest) string { return filepath.Join(s.layerDir(chain), "fs") }

// layerNote is what layer.json holds.
type layerNote struct {
	DiffID   digest.Digest `json:"diffID"`
	Unpacked tree.Size     `json:"unpacked"`
}

// unpacked tells whether a layer is there, and its size.
func (s *Store) unpacked(chain digest.Digest) (tree.Size, bool) {
	data, err := os.ReadFile(filepath.Join(s.layerDir(chain), "layer.json"))
	var note layerNote
	if err != nil || json.Unmarshal(data, &note) != nil {
		return tree.Size{}, false
	}
	return note.Unpacked, true
}

// unpack sees to it that layer i of an image is unpacked; those below it are. Its blob and its chain id must be protected by
// the caller's lease.
func (s *Store) unpack(ctx context.Context, layers []index.Layer, i int) (tree.Size, error) {
	l := layers[i]
	if size, ok := s.unpacked(l.Chain); ok {
		return size, nil
	}
	return s.layers.Do(ctx, l.Chain, func(ctx context.Context) (tree.Size, error) {
		if size, ok := s.unpacked(l.Chain); ok {
			return size, nil
		}
		size, err := s.unpackNow(ctx, layers, i)
		if err != nil {
			return tree.Size{}, fmt.Errorf("unpacking layer %s: %w", l.Blob, err)
		}
		return size, nil
	})
}

func (s *Store) unpackNow(ctx context.Context, layers []index.Layer, i int) (tree.Size, error) {
	work, err := s.newLease()
	if err != nil {
		return tree.Size{}, err
	}
	defer work.close()
	l := layers[i]
	var lower []string
	for j := i - 1; j >= 0; j-- {
		lower = append(lower, s.layerFS(layers[j].Chain))
	}
	blob, err := s.content.Open(l.Blob)
	if err != nil {
		return tree.Size{}, err
	}
	defer blob.Close()

	made := filepath.Join(work.dir, "layer")
	if err := errors.Join(os.Mkdir(made, 0o700), os.Mkdir(filepath.Join(made, "fs"), 0o755)); err != nil {
		return tree.Size{}, err
	}
	result, err := layer.Unpack(ctx, filepath.Join(made, "fs"), blob, layer.Options{Lower: lower, Limits: s.limits, Compressed: l.BlobSize})
	if err == nil && result.DiffID != l.DiffID {
		err = fmt.Errorf("%w: it unpacks to content of digest %s, the configuration says %s", layer.ErrInvalid, result.DiffID, l.DiffID)
	}
	if err != nil {
		return tree.Size{}, s.blame(l.Blob, err)
	}
	if result.Devices > 0 {
		s.log.Debug("device nodes of an image layer were left out", "layer", l.Blob, "count", result.Devices)
	}
	note, err := json.Marshal(layerNote{DiffID: l.DiffID, Unpacked: result.Size})
	if err != nil {
		return tree.Size{}, err
	}
	if err := os.WriteFile(filepath.Join(made, "layer.json"), note, 0o600); err != nil {
		return tree.Size{}, err
	}
	if err := tree.Sync(made, result.Size.Inodes); err != nil {
		return tree.Size{}, err
	}
	return result.Size, s.place(made, l.Chain)
}

// place moves an unpacked layer to its name. Another process may have been first.
func (s *Store) place(made string, chain digest.Digest) error {
	for {
		err := os.Rename(made, s.layerDir(chain))
		if err == nil {
			return tree.SyncDir(filepath.Join(s.dir, "layers"))
		}
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, unix.ENOTEMPTY) {
			return err
		}
		if _, ok := s.unpacked(chain); ok {
			return nil
		}
		// Whatever that is, it is no layer.
		if err := tree.Remove(s.layerDir(chain)); err != nil {
			return err
		}
	}
}

// blame finds out whether a blob that does not unpack was damaged on this node's own disk, and if so drops it: the next pull
// gets a sound one.
func (s *Store) blame(d digest.Digest, err error) error {
	if !errors.Is(err, layer.ErrInvalid) {
		return err
	}
	f, e := s.content.Open(d)
	if e != nil {
		return err
	}
	defer f.Close()
	verifier := d.Verifier()
	if _, e := io.Copy(verifier, f); e != nil || verifier.Verified() {
		return err
	}
	if e := os.Remove(f.Name()); e != nil {
		return errors.Join(err, e)
	}
	return fmt.Errorf("the blob was damaged on this node's disk and is deleted; pull the image again: %w", err)
}
