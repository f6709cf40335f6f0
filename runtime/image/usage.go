package image

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"argosy.dev/runtime/image/snapshot"
	"argosy.dev/runtime/image/tree"
)

// usageAge is how old a measurement may be.
const usageAge = 10 * time.Second

// Usage is what the store takes of its file system.
type Usage struct {
	// Images are blobs and unpacked layers; Snapshots is what containers wrote.
	Images, Snapshots tree.Size
	At                time.Time
}

// usageCache keeps the last measurement for a while: eviction asks often, and walking trees is work.
type usageCache struct {
	mu    sync.Mutex
	usage Usage
}

// Usage measures the store. The answer is at most ten seconds old.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	if time.Since(s.usage.usage.At) < usageAge {
		return s.usage.usage, nil
	}
	images, err := s.imagesUsage()
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Images: images, At: time.Now()}
	snapshots, err := s.snapshots.List()
	if err != nil {
		return Usage{}, err
	}
	for _, info := range snapshots {
		size, err := s.snapshots.Usage(ctx, info.ID)
		if errors.Is(err, snapshot.ErrNotFound) {
			continue // removed meanwhile
		}
		if err != nil {
			return Usage{}, err
		}
		u.Snapshots = u.Snapshots.Add(size)
	}
	s.usage.usage = u
	return u, nil
}

// imagesUsage adds up what is listed, each blob and layer once.
func (s *Store) imagesUsage() (tree.Size, error) {
	x, err := s.index()
	if err != nil {
		return tree.Size{}, err
	}
	var total tree.Size
	seen := map[digest.Digest]bool{}
	count := func(d digest.Digest, size tree.Size) {
		if !seen[d] {
			seen[d] = true
			total = total.Add(size)
		}
	}
	for _, r := range x.Images {
		count(r.Manifest.Digest, tree.Size{Bytes: r.Manifest.Size, Inodes: 1})
		count(r.Config.Digest, tree.Size{Bytes: r.Config.Size, Inodes: 1})
		for _, l := range r.Layers {
			count(l.Blob, tree.Size{Bytes: l.BlobSize, Inodes: 1})
			// An uncompressed lowest layer has one digest as a blob and as a directory.
			count(l.Chain+"/fs", l.Unpacked)
		}
	}
	return total, nil
}
