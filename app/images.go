package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/build"
)

// What the image commands speak of.
type (
	Image      = image.Image
	ImageBuild = build.Options
	ImageAdd   = build.Add
)

// Images are the images of a node, running or not: commands and node share the directory. Close releases them.
type Images struct {
	store *image.Store
}

// OpenImages opens the images in a data directory that exists, or, to begin with, in one that is made.
func OpenImages(dataDir string, begin bool) (*Images, error) {
	if begin {
		path, err := beginDataDir(dataDir)
		if err != nil {
			return nil, err
		}
		dataDir = path
	} else if err := existingDataDir(dataDir); err != nil {
		return nil, err
	}
	s, err := image.Open(image.Options{Dir: filepath.Join(dataDir, imagesDir)})
	if err != nil {
		return nil, err
	}
	return &Images{s}, nil
}

// Close waits for work in the background.
func (i *Images) Close() error { return i.store.Close() }

// List returns all images, by name.
func (i *Images) List(ctx context.Context) ([]Image, error) { return i.store.List(ctx) }

// Load takes the images out of an archive, of docker save or an OCI layout; "-" is in.
func (i *Images) Load(ctx context.Context, file string, in io.Reader) ([]Image, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("opening the archive: %w", err)
		}
		defer f.Close()
		in = f
	}
	images, err := i.store.Load(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return images, nil
}

// Remove takes away names, and with its last name an image. What a name did is told to told; that one fails does not keep
// the others.
func (i *Images) Remove(ctx context.Context, names []string, evenPinned bool, told func(untagged []string, deleted string)) error {
	var failed []error
	for _, name := range names {
		r, err := i.store.Remove(ctx, name, evenPinned)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		told(r.Untagged, r.Deleted)
	}
	return errors.Join(failed...)
}

// Export writes images into one archive that Load and every other tool reads; "-" is out.
func (i *Images) Export(ctx context.Context, file string, names []string, out io.Writer) error {
	if file == "-" {
		return i.store.Export(ctx, out, names...)
	}
	return writeFile(file, func(w io.Writer) error { return i.store.Export(ctx, w, names...) })
}

// Build makes an image of files.
func (i *Images) Build(ctx context.Context, o ImageBuild) (Image, error) {
	return build.Image(ctx, i.store, o)
}
