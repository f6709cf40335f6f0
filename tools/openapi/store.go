package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	documentsDir = "documents"
	indexFile    = "zz_documents.go"
	suffix       = ".json.gz"
)

// store brings the folder dir of the embedding package in line with the documents. A file is rewritten only when what it
// says changes, so that another release of the compressor changes nothing. With check, it writes nothing and fails when
// it would have.
func store(dir string, documents map[string][]byte, check bool) error {
	index, err := index(documents)
	if err != nil {
		return err
	}
	var stale []string
	wanted := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(documents)) {
		name := filepath.Join(documentsDir, fileName(path))
		wanted[filepath.Base(name)] = true
		have, err := inflateFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && bytes.Equal(have, documents[path]) {
			continue
		}
		stale = append(stale, name)
		if !check {
			if err := deflateFile(filepath.Join(dir, name), documents[path]); err != nil {
				return err
			}
		}
	}
	left, err := sweep(filepath.Join(dir, documentsDir), wanted, check)
	if err != nil {
		return err
	}
	stale = append(stale, left...)
	if have, err := os.ReadFile(filepath.Join(dir, indexFile)); err != nil || !bytes.Equal(have, index) {
		stale = append(stale, indexFile)
		if !check {
			if err := os.WriteFile(filepath.Join(dir, indexFile), index, 0o644); err != nil {
				return fmt.Errorf("writing the index of documents: %w", err)
			}
		}
	}
	if check && len(stale) > 0 {
		return fmt.Errorf("the API types and the stored documents differ in %s: run `go run ./tools/openapi`", strings.Join(stale, ", "))
	}
	return nil
}

// sweep removes the stored documents that are no longer wanted, and names them.
func sweep(dir string, wanted map[string]bool, check bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the stored documents: %w", err)
	}
	var out []string
	for _, e := range entries {
		if wanted[e.Name()] {
			continue
		}
		out = append(out, filepath.Join(documentsDir, e.Name()))
		if !check {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, fmt.Errorf("removing a document that is no longer made: %w", err)
			}
		}
	}
	return out, nil
}

// fileName is where a document is stored: its path, with what separates folders doubled into underscores and no leading
// dot, which embedding would pass over.
func fileName(path string) string {
	return strings.TrimPrefix(strings.ReplaceAll(path, "/", "__"), ".") + suffix
}

func inflateFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a stored document: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("inflating %s: %w", path, err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("inflating %s: %w", path, err)
	}
	return data, nil
}

func deflateFile(path string, data []byte) error {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compressing %s: %w", path, err)
	}
	if _, err := z.Write(data); err != nil {
		return fmt.Errorf("compressing %s: %w", path, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compressing %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of documents: %w", err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	return nil
}
