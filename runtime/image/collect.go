package image

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/tree"
)

// collect deletes blobs and layers that no image and no operation under way needs, and what dead operations left.
func (s *Store) collect(ctx context.Context) error {
	if err := s.putAside(); err != nil {
		return fmt.Errorf("collecting what no image needs: %w", err)
	}
	return s.emptyTrash(ctx)
}

// putAside moves what is not needed into the trash, under the lock.
func (s *Store) putAside() error {
	unlock, err := s.lock(unix.LOCK_EX)
	if err != nil {
		return err
	}
	defer unlock()
	x, err := s.index()
	if err != nil {
		return err
	}
	needed, gone, err := s.leases()
	if err != nil {
		return err
	}
	for _, r := range x.Images {
		for _, d := range r.Blobs() {
			needed[d] = true
		}
		for _, l := range r.Layers {
			needed[l.Chain] = true
		}
	}
	blobs, err := s.content.All()
	if err != nil {
		return err
	}
	for _, d := range blobs {
		if !needed[d] {
			gone = append(gone, s.content.Path(d))
		}
	}
	layers, err := os.ReadDir(filepath.Join(s.dir, "layers"))
	if err != nil {
		return err
	}
	for _, entry := range layers {
		if !needed[digest.NewDigestFromEncoded(digest.SHA256, entry.Name())] {
			gone = append(gone, filepath.Join(s.dir, "layers", entry.Name()))
		}
	}
	for _, path := range gone {
		err := os.Rename(path, filepath.Join(s.dir, "trash", rand.Text()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s *Store) emptyTrash(ctx context.Context) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "trash"))
	if err != nil {
		return fmt.Errorf("emptying the trash: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if ctx.Err() != nil {
			return errors.Join(append(errs, context.Cause(ctx))...)
		}
		errs = append(errs, tree.Remove(filepath.Join(s.dir, "trash", entry.Name())))
	}
	return errors.Join(errs...)
}
