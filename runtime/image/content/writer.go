package content

import (
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/opencontainers/go-digest"
)

// Writer takes the bytes of one blob. Close it in any case: without a Commit before, nothing is left of it.
type Writer struct {
	store     *Store
	file      *os.File
	algorithm digest.Algorithm
	hash      hash.Hash
	size      int64
	done      bool
}

// NewWriter starts a blob in a file of its own in dir, which must be on the store's file system. The algorithm is the one of the
// digest that the blob is expected to have; none means SHA-256.
func (s *Store) NewWriter(dir string, algorithm digest.Algorithm) (*Writer, error) {
	if algorithm == "" {
		algorithm = digest.SHA256
	}
	if !algorithm.Available() {
		return nil, fmt.Errorf("starting a blob: unknown digest algorithm %q", algorithm)
	}
	file, err := os.CreateTemp(dir, "blob-*")
	if err != nil {
		return nil, fmt.Errorf("starting a blob: %w", err)
	}
	return &Writer{store: s, file: file, algorithm: algorithm, hash: algorithm.Hash()}, nil
}

// Write appends to the blob.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Size is how many bytes were written: where an interrupted download goes on.
func (w *Writer) Size() int64 { return w.size }

// Digest is the digest of what was written so far.
func (w *Writer) Digest() digest.Digest { return digest.NewDigest(w.algorithm, w.hash) }

// Reset forgets what was written.
func (w *Writer) Reset() error {
	if err := w.file.Truncate(0); err != nil {
		return fmt.Errorf("starting a blob again: %w", err)
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("starting a blob again: %w", err)
	}
	w.hash.Reset()
	w.size = 0
	return nil
}

// Commit makes what was written the blob of its digest and returns that. An expected digest that is not this one is
// [ErrDigest]; an empty one accepts all.
func (w *Writer) Commit(expected digest.Digest) (digest.Digest, error) {
	got := w.Digest()
	if expected != "" && got != expected {
		return "", fmt.Errorf("storing blob %s: %w: its %d bytes have digest %s", expected, ErrDigest, w.size, got)
	}
	if err := w.file.Sync(); err != nil {
		return "", fmt.Errorf("storing blob %s: %w", got, err)
	}
	if err := w.store.put(w.file.Name(), got); err != nil {
		return "", err
	}
	w.done = true
	return got, nil
}

// Close ends the writer and removes its file unless it was committed.
func (w *Writer) Close() error {
	err := w.file.Close()
	if !w.done {
		if e := os.Remove(w.file.Name()); e != nil && !os.IsNotExist(e) {
			return fmt.Errorf("removing an unfinished blob: %w", e)
		}
	}
	return err
}
