package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/content"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/registry"
)

const (
	// smallLimit is up to how many bytes a file of an archive is kept in memory: JSON is, layers need not be.
	smallLimit = 1 << 20
	// archiveEntries is how many files an archive may hold.
	archiveEntries = 100_000
)

// archive is what an archive of images held: its files' blobs, which are in the content store already.
type archive struct {
	store *Store
	files map[string]archived
	links map[string]string
}

type archived struct {
	digest digest.Digest
	size   int64
}

// Load takes all images for this machine out of an archive as "docker save" writes it or of a tar of an OCI image layout, plain
// or compressed with gzip or zstd. The images' names are those in the archive; names are given in full. An archive of no image
// for this machine is an error, and so is one whose contents do not match their digests. After an error nothing of it is listed.
func (s *Store) Load(ctx context.Context, r io.Reader) ([]Image, error) {
	images, err := s.load(ctx, r)
	// An archive also holds files that no image needs.
	if e := s.collect(context.WithoutCancel(ctx)); e != nil {
		s.log.Warn("deleting what a load left failed", "err", e)
	}
	if err != nil {
		return nil, fmt.Errorf("loading images: %w", err)
	}
	return images, nil
}

func (s *Store) load(ctx context.Context, r io.Reader) ([]Image, error) {
	work, err := s.newLease()
	if err != nil {
		return nil, err
	}
	defer work.close()
	plain, _, err := layer.Decompress(&contextReader{ctx: ctx, r: r})
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	a := &archive{store: s, files: map[string]archived{}, links: map[string]string{}}
	if err := a.read(work, tar.NewReader(plain)); err != nil {
		return nil, err
	}
	found, err := a.images()
	if err != nil {
		return nil, err
	}
	var images []Image
	for i := range found {
		if err := s.unpackLoaded(ctx, work, &found[i]); err != nil {
			return nil, err
		}
	}
	for _, f := range found {
		image, err := s.add(f.record)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}

func (s *Store) unpackLoaded(ctx context.Context, work *lease, f *loaded) error {
	if err := work.protect(f.record.Blobs()...); err != nil {
		return err
	}
	if f.raw != nil {
		if err := s.write(work, f.record.Manifest.Digest, f.raw); err != nil {
			return err
		}
	}
	for _, l := range f.record.Layers {
		if err := work.protect(l.Chain); err != nil {
			return err
		}
	}
	return s.unpackAll(ctx, f.record.Layers, func(int) error { return nil })
}

// read stores every file of the archive as a blob.
func (a *archive) read(work *lease, t *tar.Reader) error {
	for entries := 0; ; entries++ {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return blameArchive(err)
		}
		if entries == archiveEntries {
			return fmt.Errorf("%w: the archive has more than %d entries", ErrInvalid, archiveEntries)
		}
		name := path.Clean("/" + header.Name)[1:]
		switch header.Typeflag {
		case tar.TypeReg:
			if a.files[name], err = a.put(work, t); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case tar.TypeSymlink:
			// Old versions of docker link layers that images share.
			a.links[name] = path.Join("/", path.Dir(name), header.Linkname)[1:]
		case tar.TypeLink:
			a.links[name] = path.Clean("/" + header.Linkname)[1:]
		}
	}
}

func (a *archive) put(work *lease, r io.Reader) (file archived, err error) {
	w, err := a.store.content.NewWriter(work.dir, digest.SHA256)
	if err != nil {
		return archived{}, err
	}
	defer closeWriter(w, &err)
	if _, err := io.Copy(w, r); err != nil {
		return archived{}, blameArchive(err)
	}
	d := w.Digest()
	if err := work.protect(d); err != nil {
		return archived{}, err
	}
	if _, ok := a.store.content.Size(d); !ok {
		if _, err := w.Commit(d); err != nil {
			return archived{}, err
		}
	}
	return archived{digest: d, size: w.Size()}, nil
}

// blameArchive tells the archive's faults from those of the disk and the caller.
func blameArchive(err error) error {
	errno := unix.Errno(0)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the archive is cut off: %w", ErrInvalid, err)
	case errors.As(err, &errno), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w: reading the archive: %w", ErrInvalid, err)
}

// file finds a file by its name in the archive.
func (a *archive) file(name string) (archived, bool) {
	name = path.Clean("/" + name)[1:]
	for range 10 {
		if f, ok := a.files[name]; ok {
			return f, true
		}
		target, ok := a.links[name]
		if !ok {
			break
		}
		name = target
	}
	return archived{}, false
}

// blob finds a file of an OCI layout. It was digested when it was read, so its name alone proves nothing.
func (a *archive) blob(d digest.Digest) (archived, error) {
	if err := d.Validate(); err != nil {
		return archived{}, fmt.Errorf("%w: digest %q: %w", ErrInvalid, d, err)
	}
	if d.Algorithm() != digest.SHA256 {
		return archived{}, fmt.Errorf("%w: blob %s: only SHA-256 is supported in archives", ErrInvalid, d)
	}
	f, ok := a.file("blobs/sha256/" + d.Encoded())
	if !ok {
		return archived{}, fmt.Errorf("%w: blob %s is missing in the archive", ErrInvalid, d)
	}
	if f.digest != d {
		return archived{}, fmt.Errorf("%w: blob %s of the archive: %w: it has %s", ErrInvalid, d, content.ErrDigest, f.digest)
	}
	return f, nil
}

// small returns the contents of a JSON file.
func (a *archive) small(f archived, limit int64) ([]byte, error) {
	return a.store.content.Read(f.digest, limit)
}

// fullNames completes the names in an archive and drops those that cannot be any.
func fullNames(names ...string) []string {
	var full []string
	for _, name := range names {
		if name == "" || strings.Contains(name, "@") {
			continue
		}
		if ref, err := registry.ParseReference(name); err == nil {
			full = append(full, ref.String())
		}
	}
	return full
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
