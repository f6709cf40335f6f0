package image

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/registry"
)

// Removed tells what a removal did.
type Removed struct {
	// Untagged are the names that no longer mean an image.
	Untagged []string
	// Deleted is the id of the image, if it is gone.
	Deleted string
}

// Remove takes a name from an image, and with its last name the image; given an id, the image with all its names. An image of
// which snapshots exist is ErrInUse; one that is pinned is ErrPinned unless evenPinned. ErrNotFound if there is none.
func (s *Store) Remove(ctx context.Context, ref string, evenPinned bool) (Removed, error) {
	var removed Removed
	err := s.update(func(x index.Index) (index.Index, error) {
		removed = Removed{}
		r, name, err := find(x, ref)
		if err != nil {
			return x, err
		}
		if name != "" && onlyUntag(r, name) {
			removed.Untagged = []string{name}
			return x.Untag(name), nil
		}
		if r.Pinned && !evenPinned {
			return x, fmt.Errorf("removing image %s: %w", ref, ErrPinned)
		}
		// The lock is held, so nobody prepares another snapshot now.
		users, err := s.snapshots.Users()
		if err != nil {
			return x, err
		}
		if ids := users[r.ID.String()]; len(ids) > 0 {
			return x, fmt.Errorf("removing image %s: %w by %s", ref, ErrInUse, shortList(ids))
		}
		removed = Removed{Untagged: append(slices.Clone(r.Names), r.Digests...), Deleted: r.ID.String()}
		return x.Delete(r.ID), nil
	})
	if err != nil {
		return Removed{}, err
	}
	if removed.Deleted != "" {
		s.configs.Delete(digest.Digest(removed.Deleted))
		if err := s.collect(ctx); err != nil {
			// The image is removed; its space is freed by whoever collects next.
			s.log.Warn("freeing the space of a removed image failed", "image", removed.Deleted, "err", err)
		}
	}
	return removed, nil
}

// onlyUntag tells whether an image outlives the loss of a name: it has another tag, or, losing a digest, any tag.
func onlyUntag(r index.Record, name string) bool {
	others := slices.DeleteFunc(slices.Clone(r.Names), func(n string) bool { return n == name })
	return len(others) > 0
}

func shortList(ids []string) string {
	if len(ids) > 3 {
		return strings.Join(ids[:3], ", ") + fmt.Sprintf(" and %d more", len(ids)-3)
	}
	return strings.Join(ids, ", ")
}

// Pin keeps an image from being collected, or no longer does.
func (s *Store) Pin(_ context.Context, ref string, pinned bool) error {
	return s.update(func(x index.Index) (index.Index, error) {
		r, _, err := find(x, ref)
		if err != nil {
			return x, err
		}
		return x.Pin(r.ID, pinned), nil
	})
}

// Tag gives an image one more name.
func (s *Store) Tag(_ context.Context, ref, name string) error {
	parsed, err := registry.ParseReference(name)
	if err != nil {
		return err
	}
	if parsed.Digest != "" {
		return fmt.Errorf("%q is %w to give: it has a digest", name, registry.ErrReference)
	}
	return s.update(func(x index.Index) (index.Index, error) {
		r, _, err := find(x, ref)
		if err != nil {
			return x, err
		}
		r.Names = []string{parsed.String()}
		return x.Put(r), nil
	})
}
