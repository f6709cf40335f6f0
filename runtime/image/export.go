package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/index"
)

// Export writes images to a tar that is an OCI image layout and an archive as "docker save" writes it in one, so that every tool
// can load it, [Store.Load] included. An image asked for by name is exported under that name, one asked for by id under all
// its names. The same images give the same bytes.
func (s *Store) Export(ctx context.Context, w io.Writer, refs ...string) error {
	if len(refs) == 0 {
		return errors.New("exporting images: none named")
	}
	work, err := s.newLease()
	if err != nil {
		return err
	}
	defer work.close()
	x, err := s.index()
	if err != nil {
		return err
	}
	var records []index.Record
	for _, ref := range refs {
		r, name, err := find(x, ref)
		if err != nil {
			return fmt.Errorf("exporting %s: %w", ref, err)
		}
		if name != "" {
			r.Names = fullNames(name)
		}
		if err := work.protect(r.Blobs()...); err != nil {
			return err
		}
		i := slices.IndexFunc(records, func(have index.Record) bool { return have.ID == r.ID })
		if i < 0 {
			records = append(records, r)
			continue
		}
		records[i].Names = slices.Concat(records[i].Names, r.Names)
	}
	e := exporter{store: s, ctx: ctx, tar: tar.NewWriter(w), written: map[digest.Digest]bool{}}
	if err := e.write(records); err != nil {
		return fmt.Errorf("exporting images: %w", err)
	}
	return nil
}

type exporter struct {
	store   *Store
	ctx     context.Context
	tar     *tar.Writer
	written map[digest.Digest]bool
}

func (e *exporter) write(records []index.Record) error {
	layout := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	var docker []dockerImage
	for _, r := range records {
		names := slices.Compact(slices.Sorted(slices.Values(r.Names)))
		entry := dockerImage{Config: blobName(r.Config.Digest), RepoTags: names}
		for _, l := range r.Layers {
			entry.Layers = append(entry.Layers, blobName(l.Blob))
		}
		docker = append(docker, entry)
		if len(names) == 0 {
			layout.Manifests = append(layout.Manifests, r.Manifest)
		}
		for _, name := range names {
			d := r.Manifest
			d.Annotations = map[string]string{nameAnnotation: name, ocispec.AnnotationRefName: name}
			layout.Manifests = append(layout.Manifests, d)
		}
		for _, d := range r.Blobs() {
			if err := e.blob(d); err != nil {
				return err
			}
		}
	}
	for _, file := range []struct {
		name  string
		value any
	}{
		{ocispec.ImageLayoutFile, ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}},
		{ocispec.ImageIndexFile, layout},
		{"manifest.json", docker},
	} {
		data, err := json.Marshal(file.value)
		if err != nil {
			return err
		}
		if err := e.header(file.name, int64(len(data))); err != nil {
			return err
		}
		if _, err := e.tar.Write(data); err != nil {
			return err
		}
	}
	return e.tar.Close()
}

func blobName(d digest.Digest) string { return "blobs/" + d.Algorithm().String() + "/" + d.Encoded() }

func (e *exporter) header(name string, size int64) error {
	return e.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatPAX})
}

// blob copies a blob and verifies it, so that damage on this node's disk is not passed on.
func (e *exporter) blob(d digest.Digest) error {
	if e.written[d] {
		return nil
	}
	e.written[d] = true
	f, err := e.store.content.Open(d)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := e.header(blobName(d), info.Size()); err != nil {
		return err
	}
	verifier := d.Verifier()
	if _, err := io.Copy(io.MultiWriter(e.tar, verifier), &contextReader{ctx: e.ctx, r: f}); err != nil {
		return err
	}
	if !verifier.Verified() {
		return fmt.Errorf("blob %s is damaged on this node's disk", d)
	}
	return nil
}
