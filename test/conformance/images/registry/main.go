// Command registry lays the image of an archive, as "argosy image export" writes it, out as the registry inside agnhost serves
// it: DIR/NAME/manifests/TAG holds a digest, and DIR/NAME/{manifests,blobs}/ALGORITHM/HE/HEX/data what has that digest.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// descriptor points at a blob; only what the platform of an index needs is kept besides.
type descriptor struct {
	MediaType string            `json:"mediaType"`
	Digest    string            `json:"digest"`
	Size      int64             `json:"size"`
	Platform  map[string]string `json:"platform,omitempty"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        *descriptor  `json:"config,omitempty"`
	Layers        []descriptor `json:"layers,omitempty"`
	Manifests     []descriptor `json:"manifests,omitempty"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: registry ARCHIVE DIR NAME:TAG")
		os.Exit(2)
	}
	if err := lay(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func lay(archive, dir, name string) error {
	files, err := read(archive)
	if err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	name, tag, _ := strings.Cut(name, ":")
	dir = filepath.Join(dir, name)
	var index manifest
	if err := json.Unmarshal(files["index.json"], &index); err != nil {
		return fmt.Errorf("the archive's index: %w", err)
	}
	if len(index.Manifests) != 1 {
		return fmt.Errorf("%s has %d images, want one", archive, len(index.Manifests))
	}
	image := index.Manifests[0]
	image.Platform = map[string]string{"architecture": "amd64", "os": "linux"}
	var m manifest
	if err := json.Unmarshal(files[blob(image.Digest)], &m); err != nil {
		return fmt.Errorf("the image's manifest: %w", err)
	}
	if m.Config == nil {
		return errors.New("the image's manifest has no configuration")
	}
	list, err := json.Marshal(manifest{SchemaVersion: 2, MediaType: "application/vnd.oci.image.index.v1+json", Manifests: []descriptor{image}})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(list)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	wanted := []error{
		write(filepath.Join(dir, "manifests", tag), []byte(digest+"\n")),
		write(place(dir, "manifests", digest), list),
		write(place(dir, "manifests", image.Digest), files[blob(image.Digest)]),
	}
	for _, d := range append(m.Layers, *m.Config) {
		wanted = append(wanted, write(place(dir, "blobs", d.Digest), files[blob(d.Digest)]))
	}
	return errors.Join(wanted...)
}

func read(archive string) (map[string][]byte, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	files := map[string][]byte{}
	for r := tar.NewReader(f); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

func blob(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func place(dir, kind, digest string) string {
	algorithm, sum, _ := strings.Cut(digest, ":")
	return filepath.Join(dir, kind, algorithm, sum[:2], sum, "data")
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
