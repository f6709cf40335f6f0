package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/index"
)

// held is what the snapshots see of the store.
type held struct{ store *Store }

// Hold implements snapshot.Images.
func (h held) Hold(ctx context.Context, imageID string) (layers []string, release func(), err error) {
	s := h.store
	if !fullID.MatchString(imageID) {
		return nil, nil, fmt.Errorf("%q is not an image id", imageID)
	}
	for repaired := false; ; repaired = true {
		r, layers, unlock, err := s.hold(digest.Digest(imageID))
		if err == nil {
			// Last use. Failing to note it costs nothing but a worse guess by whoever collects images.
			now := time.Now()
			_ = os.Chtimes(s.content.Path(r.Config.Digest), now, now)
			return layers, unlock, nil
		}
		if repaired || !errors.Is(err, errLayerMissing) {
			return nil, nil, err
		}
		if err := s.repair(ctx, r); err != nil {
			return nil, nil, err
		}
	}
}

var errLayerMissing = errors.New("an unpacked layer is missing")

func (s *Store) hold(id digest.Digest) (index.Record, []string, func(), error) {
	unlock, err := s.lock(unix.LOCK_SH)
	if err != nil {
		return index.Record{}, nil, nil, err
	}
	x, err := s.index()
	if err != nil {
		unlock()
		return index.Record{}, nil, nil, err
	}
	r, err := x.ByID(id)
	if err != nil {
		unlock()
		return r, nil, nil, err
	}
	layers := make([]string, len(r.Layers))
	for i, l := range r.Layers {
		dir := s.layerFS(l.Chain)
		if _, err := os.Lstat(dir); err != nil {
			unlock()
			return r, nil, nil, fmt.Errorf("%w: %w", errLayerMissing, err)
		}
		layers[len(layers)-1-i] = dir
	}
	return r, layers, unlock, nil
}

// repair unpacks layers that someone deleted.
func (s *Store) repair(ctx context.Context, r index.Record) error {
	work, err := s.newLease()
	if err != nil {
		return err
	}
	defer work.close()
	for _, l := range r.Layers {
		if err := work.protect(l.Blob, l.Chain); err != nil {
			return err
		}
		if _, err := os.Lstat(s.layerFS(l.Chain)); err != nil {
			// Its note without its contents would pass for it.
			_ = os.Remove(s.layerDir(l.Chain) + "/layer.json")
		}
	}
	for i := range r.Layers {
		if _, err := s.unpack(ctx, r.Layers, i); err != nil {
			return err
		}
	}
	s.log.Info("layers that were missing on disk were unpacked again", "image", r.ID)
	return nil
}
