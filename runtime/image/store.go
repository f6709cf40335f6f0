package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/content"
	"argosy.dev/runtime/image/flight"
	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/registry"
	"argosy.dev/runtime/image/snapshot"
	"argosy.dev/runtime/image/tree"
)

// Errors that callers tell apart, besides registry.Error of a pull and layer's of an unpacking.
var (
	// ErrNotFound says that this node has no such image.
	ErrNotFound = index.ErrNotFound
	// ErrAmbiguous says that a short id begins more than one.
	ErrAmbiguous = index.ErrAmbiguous
	// ErrInUse says that an image has snapshots.
	ErrInUse = errors.New("the image is in use")
	// ErrPinned says that an image is pinned.
	ErrPinned = errors.New("the image is pinned")
	// ErrInvalid says that an archive or its contents are no image.
	ErrInvalid = errors.New("not a valid image")
)

// Options say where the store is and how it works. Only Dir is required.
type Options struct {
	// Dir holds everything; made when missing.
	Dir string
	// RegistriesFile is the path of registries.yaml; empty means DIR/registries.yaml. The file need not exist.
	RegistriesFile string
	// Registry sets up the client of registries; its File is RegistriesFile.
	Registry registry.Options
	// Limits bound what one layer may unpack to.
	Limits layer.Limits
	// Log gets the few things that concern nobody's call. nil drops them.
	Log *slog.Logger
}

// Store keeps images. Its methods may be called concurrently.
type Store struct {
	dir       string
	limits    layer.Limits
	log       *slog.Logger
	content   *content.Store
	snapshots *snapshot.Store
	registry  *registry.Client

	pulls  flight.Group[string, Image]
	blobs  flight.Group[digest.Digest, struct{}]
	layers flight.Group[digest.Digest, tree.Size]

	configs sync.Map // image id (digest.Digest) -> ocispec.Image, never changed
	state   state
	usage   usageCache

	// cleaning ends with stop; Close waits for it.
	cleaning sync.WaitGroup
	stop     context.CancelFunc
}

// Open opens the store in a directory and begins, in the background, to delete what interrupted operations left there.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("opening the image store: no directory given")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the image store: %w", err)
	}
	s := &Store{dir: dir, limits: o.Limits, log: o.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, sub := range []string{"", "layers", "work", "trash"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, s.openError(err)
		}
	}
	if s.content, err = content.Open(filepath.Join(dir, "blobs")); err != nil {
		return nil, s.openError(err)
	}
	if s.snapshots, err = snapshot.Open(filepath.Join(dir, "snapshots"), held{s}); err != nil {
		return nil, s.openError(err)
	}
	if _, err := s.index(); err != nil {
		return nil, s.openError(err)
	}
	o.Registry.File = o.RegistriesFile
	if o.Registry.File == "" {
		o.Registry.File = filepath.Join(dir, "registries.yaml")
	}
	s.registry = registry.New(o.Registry)

	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.cleaning.Go(func() {
		if err := errors.Join(s.collect(ctx), s.snapshots.Clean()); err != nil && ctx.Err() == nil {
			s.log.Warn("cleaning the image store failed", "dir", dir, "err", err)
		}
	})
	return s, nil
}

func (s *Store) openError(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w (images belong to root)", err)
	}
	return fmt.Errorf("opening the image store %s: %w", s.dir, err)
}

// Close ends the background work. Operations under way are for their callers to cancel; snapshots stay mounted.
func (s *Store) Close() error {
	s.stop()
	s.cleaning.Wait()
	s.state.close()
	return nil
}

// Dir is the store's directory, absolute.
func (s *Store) Dir() string { return s.dir }

// Snapshots gives containers their root file systems.
func (s *Store) Snapshots() *snapshot.Store { return s.snapshots }

// platform is what images must be made for.
func (s *Store) platform() ocispec.Platform { return registry.Machine() }
