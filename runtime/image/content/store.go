package content

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	_ "crypto/sha256" // go-digest finds its algorithms here
	_ "crypto/sha512"

	"github.com/opencontainers/go-digest"

	"argosy.dev/runtime/image/tree"
)

// ErrDigest says that bytes are not what their digest promises.
var ErrDigest = errors.New("the content does not match its digest")

// Store is a directory of blobs: ALGORITHM/HEX below it.
type Store struct{ dir string }

// Open returns the store in dir, which it makes when missing.
func Open(dir string) (*Store, error) {
	for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		if err := os.MkdirAll(filepath.Join(dir, algorithm.String()), 0o700); err != nil {
			return nil, fmt.Errorf("making the blob directory: %w", err)
		}
	}
	return &Store{dir: dir}, nil
}

// Path is where the blob of a digest is or would be. The digest must be valid.
func (s *Store) Path(d digest.Digest) string {
	return filepath.Join(s.dir, d.Algorithm().String(), d.Encoded())
}

// Size returns the size of a blob, and whether it is there.
func (s *Store) Size(d digest.Digest) (int64, bool) {
	if d.Validate() != nil {
		return 0, false
	}
	info, err := os.Lstat(s.Path(d))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// Open opens a blob for reading; fs.ErrNotExist if it is not there. What is read is not verified again: see [Store.Read].
func (s *Store) Open(d digest.Digest) (*os.File, error) {
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("opening blob %q: %w", d, err)
	}
	f, err := os.Open(s.Path(d))
	if err != nil {
		return nil, fmt.Errorf("opening blob %s: %w", d, err)
	}
	return f, nil
}

// Read returns a whole blob of at most limit bytes, verified.
func (s *Store) Read(d digest.Digest, limit int64) ([]byte, error) {
	f, err := s.Open(d)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", d, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("reading blob %s: it is larger than %d bytes", d, limit)
	}
	if d.Algorithm().FromBytes(data) != d {
		return nil, fmt.Errorf("reading blob %s: %w: the file %s is damaged", d, ErrDigest, f.Name())
	}
	return data, nil
}

// All lists the digests of all blobs.
func (s *Store) All() ([]digest.Digest, error) {
	var all []digest.Digest
	for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		entries, err := os.ReadDir(filepath.Join(s.dir, algorithm.String()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("listing blobs: %w", err)
		}
		for _, entry := range entries {
			if d := digest.NewDigestFromEncoded(algorithm, entry.Name()); d.Validate() == nil {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// put renames a finished, synced file into place.
func (s *Store) put(file string, d digest.Digest) error {
	path := s.Path(d)
	if err := os.Rename(file, path); err != nil {
		return fmt.Errorf("storing blob %s: %w", d, err)
	}
	return tree.SyncDir(filepath.Dir(path))
}
