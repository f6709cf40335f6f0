package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"argosy.dev/runtime/image/content"
	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/registry"
)

// parallelLayers is how many layers of one image are fetched at once.
const parallelLayers = 3

// PullOptions are optional.
type PullOptions struct {
	// Credentials for the registry named in the image.
	Credentials *registry.Credentials
	// Progress is called now and then, from several goroutines. A caller who joins a pull under way is not told.
	Progress func(Progress)
}

// Progress is how far one layer of a pull is.
type Progress struct {
	Layer digest.Digest
	// Done and Total are bytes of the blob. Done may go back when a download starts again.
	Done, Total int64
	// Unpacked tells that the layer is finished.
	Unpacked bool
}

// Pull fetches an image from its registry, or what is missing of it, and returns it. The tag is always looked up anew. Pulls of
// the same image with the same credentials at the same time are one. The error is a *registry.Error, which names image,
// registry and reason.
func (s *Store) Pull(ctx context.Context, name string, o PullOptions) (Image, error) {
	ref, err := registry.ParseReference(name)
	if err != nil {
		return Image{}, err
	}
	// Credentials are part of the key: who has none must not get an image by another's.
	who, err := json.Marshal(o.Credentials)
	if err != nil {
		return Image{}, err
	}
	key := ref.String() + " " + digest.FromBytes(who).String()
	return s.pulls.Do(ctx, key, func(ctx context.Context) (Image, error) {
		image, err := s.pull(ctx, ref, o)
		if err == nil {
			return image, nil
		}
		failed := pullError(ref, err)
		if !failed.Passing() {
			// What was fetched does not help the next attempt, and the disk may be full of it.
			if err := s.collect(context.WithoutCancel(ctx)); err != nil {
				s.log.Warn("deleting what a failed pull left failed", "image", ref, "err", err)
			}
		}
		return Image{}, failed
	})
}

// pullError gives every failure of a pull the same shape.
func pullError(ref registry.Reference, err error) *registry.Error {
	var known *registry.Error
	if errors.As(err, &known) {
		return known
	}
	reason := registry.Local
	switch {
	case errors.Is(err, registry.ErrPlatform):
		reason = registry.Platform
	case errors.Is(err, ErrInvalid), errors.Is(err, layer.ErrInvalid), errors.Is(err, layer.ErrUnsafe), errors.Is(err, layer.ErrLimit):
		reason = registry.Unsupported
	case errors.Is(err, content.ErrDigest):
		reason = registry.Corrupt
	case errors.Is(err, context.Canceled):
		reason = registry.Canceled
	}
	return &registry.Error{Image: ref.String(), Registry: ref.Host, Reason: reason, Err: err}
}

func (s *Store) pull(ctx context.Context, ref registry.Reference, o PullOptions) (Image, error) {
	remote, err := s.registry.Resolve(ctx, ref, o.Credentials, s.platform())
	if err != nil {
		return Image{}, err
	}
	defer remote.Close()
	work, err := s.newLease()
	if err != nil {
		return Image{}, err
	}
	defer work.close()
	if err := work.protect(needs(remote.Descriptor, remote.Manifest, nil)...); err != nil {
		return Image{}, err
	}
	config, err := s.pullConfig(ctx, remote)
	if err != nil {
		return Image{}, err
	}
	layers, err := s.layersOf(remote.Manifest, config)
	if err != nil {
		return Image{}, err
	}
	if err := work.protect(needs(remote.Descriptor, remote.Manifest, layers)...); err != nil {
		return Image{}, err
	}
	if err := s.pullLayers(ctx, remote, layers, o.Progress); err != nil {
		return Image{}, err
	}
	if err := s.write(work, remote.Descriptor.Digest, remote.Raw); err != nil {
		return Image{}, err
	}
	r := index.Record{Manifest: remote.Descriptor, Config: remote.Manifest.Config, Layers: layers, Digests: []string{ref.WithDigest(remote.Digest)}}
	if ref.Digest == "" {
		r.Names = []string{ref.String()}
	}
	return s.add(r)
}

func (s *Store) pullConfig(ctx context.Context, remote *registry.Image) (ocispec.Image, error) {
	d := remote.Manifest.Config
	if d.Size > configLimit {
		return ocispec.Image{}, fmt.Errorf("%w: its configuration has %d bytes", ErrInvalid, d.Size)
	}
	if err := s.fetch(ctx, remote, d, nil); err != nil {
		return ocispec.Image{}, err
	}
	return s.config(d.Digest)
}

// pullLayers fetches layers in parallel and unpacks each as soon as it and those below it are there.
func (s *Store) pullLayers(ctx context.Context, remote *registry.Image, layers []index.Layer, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	group, ctx := errgroup.WithContext(ctx)
	fetched := make([]chan struct{}, len(layers))
	for i := range layers {
		fetched[i] = make(chan struct{})
	}
	group.Go(func() error {
		return s.unpackAll(ctx, layers, func(i int) error {
			if i > 0 {
				progress(Progress{Layer: layers[i-1].Blob, Done: layers[i-1].BlobSize, Total: layers[i-1].BlobSize, Unpacked: true})
			}
			select {
			case <-fetched[i]:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	group.Go(func() error {
		fetches, ctx := errgroup.WithContext(ctx)
		fetches.SetLimit(parallelLayers)
		for i, d := range remote.Manifest.Layers {
			fetches.Go(func() error {
				err := s.fetch(ctx, remote, d, func(done int64) { progress(Progress{Layer: d.Digest, Done: done, Total: d.Size}) })
				if err == nil {
					close(fetched[i])
				}
				return err
			})
		}
		return fetches.Wait()
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if n := len(layers); n > 0 {
		progress(Progress{Layer: layers[n-1].Blob, Done: layers[n-1].BlobSize, Total: layers[n-1].BlobSize, Unpacked: true})
	}
	return nil
}

// fetch gets a blob unless it is there. Its digest must be protected by the caller's lease.
func (s *Store) fetch(ctx context.Context, remote *registry.Image, d ocispec.Descriptor, progress func(int64)) error {
	if size, ok := s.content.Size(d.Digest); ok && size == d.Size {
		return nil
	}
	_, err := s.blobs.Do(ctx, d.Digest, func(ctx context.Context) (none struct{}, err error) {
		if size, ok := s.content.Size(d.Digest); ok && size == d.Size {
			return none, nil
		}
		work, err := s.newLease()
		if err != nil {
			return none, err
		}
		defer work.close()
		w, err := s.content.NewWriter(work.dir, d.Digest.Algorithm())
		if err != nil {
			return none, err
		}
		defer closeWriter(w, &err)
		if err := remote.Fetch(ctx, d, w, progress); err != nil {
			return none, err
		}
		_, err = w.Commit(d.Digest)
		return none, err
	})
	return err
}

// write stores a blob that is in memory.
func (s *Store) write(work *lease, d digest.Digest, data []byte) (err error) {
	if size, ok := s.content.Size(d); ok && size == int64(len(data)) {
		return nil
	}
	w, err := s.content.NewWriter(work.dir, d.Algorithm())
	if err != nil {
		return err
	}
	defer closeWriter(w, &err)
	if _, err := bytes.NewReader(data).WriteTo(w); err != nil {
		return err
	}
	_, err = w.Commit(d)
	return err
}

func closeWriter(w *content.Writer, err *error) {
	if e := w.Close(); e != nil && *err == nil {
		*err = e
	}
}
