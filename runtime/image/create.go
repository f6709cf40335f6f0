package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/registry"
)

// CreateOptions describe an image made on this node.
type CreateOptions struct {
	// Name is the new image's.
	Name string
	// Base is the image that it begins as; empty means nothing at all.
	Base string
	// Layer writes one more layer, an uncompressed tar. nil adds none.
	Layer func(io.Writer) error
	// Configure changes the base's configuration into the new image's. Platform and layers are not its concern.
	Configure func(*ocispec.Image)
}

// Create makes an image of another one and a layer. What is made depends only on what is given: no time, no random number
// goes into it.
func (s *Store) Create(ctx context.Context, o CreateOptions) (Image, error) {
	ref, err := registry.ParseReference(o.Name)
	if err != nil {
		return Image{}, err
	}
	if ref.Digest != "" {
		return Image{}, fmt.Errorf("%q is %w to give: it has a digest", o.Name, registry.ErrReference)
	}
	work, err := s.newLease()
	if err != nil {
		return Image{}, err
	}
	defer work.close()
	image, err := s.create(ctx, work, ref, o)
	if err != nil {
		return Image{}, fmt.Errorf("making image %s: %w", ref, err)
	}
	return image, nil
}

func (s *Store) create(ctx context.Context, work *lease, ref registry.Reference, o CreateOptions) (Image, error) {
	config := ocispec.Image{Platform: s.platform(), RootFS: ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{}}}
	manifest := ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, Layers: []ocispec.Descriptor{}}
	if o.Base != "" {
		if err := s.base(work, o.Base, &config, &manifest); err != nil {
			return Image{}, err
		}
	}
	if o.Layer != nil {
		d, err := s.writeLayer(work, o.Layer)
		if err != nil {
			return Image{}, err
		}
		config.RootFS.DiffIDs = append(slices.Clone(config.RootFS.DiffIDs), d.Digest)
		manifest.Layers = append(manifest.Layers, d)
	}
	if o.Configure != nil {
		layers, platform := config.RootFS, config.Platform
		o.Configure(&config)
		config.RootFS, config.Platform = layers, platform
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return Image{}, err
	}
	manifest.Config = ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromBytes(raw), Size: int64(len(raw))}
	rawManifest, err := json.Marshal(manifest)
	if err != nil {
		return Image{}, err
	}
	d := ocispec.Descriptor{MediaType: manifest.MediaType, Digest: digest.FromBytes(rawManifest), Size: int64(len(rawManifest))}
	layers, err := s.layersOf(manifest, config)
	if err != nil {
		return Image{}, err
	}
	if err := work.protect(needs(d, manifest, layers)...); err != nil {
		return Image{}, err
	}
	if err := errors.Join(s.write(work, manifest.Config.Digest, raw), s.write(work, d.Digest, rawManifest)); err != nil {
		return Image{}, err
	}
	if err := s.unpackAll(ctx, layers, func(int) error { return nil }); err != nil {
		return Image{}, err
	}
	return s.add(index.Record{
		Names: []string{ref.String()}, Digests: []string{ref.WithDigest(d.Digest)}, Manifest: d, Config: manifest.Config, Layers: layers,
	})
}

// base starts from an image that is on this node.
func (s *Store) base(work *lease, name string, config *ocispec.Image, manifest *ocispec.Manifest) error {
	x, err := s.index()
	if err != nil {
		return err
	}
	r, _, err := find(x, name)
	if err != nil {
		return fmt.Errorf("base image: %w (pull or load it first)", err)
	}
	if err := work.protect(r.Blobs()...); err != nil {
		return err
	}
	have, err := s.config(r.Config.Digest)
	if err != nil {
		return fmt.Errorf("base image %s: %w", name, err)
	}
	raw, err := s.content.Read(r.Manifest.Digest, registry.ManifestLimit)
	if err != nil {
		return fmt.Errorf("base image %s: %w", name, err)
	}
	var below ocispec.Manifest
	if err := json.Unmarshal(raw, &below); err != nil {
		return fmt.Errorf("base image %s: %w", name, err)
	}
	*config = have
	manifest.Layers = slices.Clone(below.Layers)
	return nil
}

func (s *Store) writeLayer(work *lease, layer func(io.Writer) error) (d ocispec.Descriptor, err error) {
	w, err := s.content.NewWriter(work.dir, digest.SHA256)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	defer closeWriter(w, &err)
	if err := layer(w); err != nil {
		return ocispec.Descriptor{}, err
	}
	d = ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayer, Digest: w.Digest(), Size: w.Size()}
	if err := work.protect(d.Digest); err != nil {
		return ocispec.Descriptor{}, err
	}
	if size, ok := s.content.Size(d.Digest); ok && size == d.Size {
		return d, nil
	}
	_, err = w.Commit(d.Digest)
	return d, err
}
