package image

import (
	"context"
	"fmt"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/registry"
)

// layersOf pairs the layers of a manifest with those of the configuration, once the image is known to be for this machine.
func (s *Store) layersOf(manifest ocispec.Manifest, config ocispec.Image) ([]index.Layer, error) {
	if err := registry.CheckPlatform(config.Platform, s.platform()); err != nil {
		return nil, err
	}
	diffIDs := config.RootFS.DiffIDs
	if len(diffIDs) != len(manifest.Layers) {
		return nil, fmt.Errorf("%w: its manifest has %d layers, its configuration %d", ErrInvalid, len(manifest.Layers), len(diffIDs))
	}
	layers := make([]index.Layer, len(diffIDs))
	for i, chain := range index.Chains(diffIDs) {
		layers[i] = index.Layer{Blob: manifest.Layers[i].Digest, BlobSize: manifest.Layers[i].Size, DiffID: diffIDs[i], Chain: chain}
	}
	return layers, nil
}

// needs lists what a lease must protect for an image.
func needs(manifest ocispec.Descriptor, m ocispec.Manifest, layers []index.Layer) []digest.Digest {
	all := []digest.Digest{manifest.Digest, m.Config.Digest}
	for _, l := range layers {
		all = append(all, l.Blob, l.Chain)
	}
	return all
}

// add lists an image whose blobs and layers are there and protected.
func (s *Store) add(r index.Record) (Image, error) {
	r.ID = r.Config.Digest
	r.Added = time.Now().UTC()
	var added index.Record
	err := s.update(func(x index.Index) (index.Index, error) {
		x = x.Put(r)
		var err error
		added, err = x.ByID(r.ID)
		return x, err
	})
	if err != nil {
		return Image{}, err
	}
	return s.describe(added)
}

// unpackAll unpacks all layers of an image, lowest first, and notes their sizes. before waits until the blob of a layer is there.
func (s *Store) unpackAll(ctx context.Context, layers []index.Layer, before func(i int) error) error {
	for i := range layers {
		if err := before(i); err != nil {
			return err
		}
		size, err := s.unpack(ctx, layers, i)
		if err != nil {
			return err
		}
		layers[i].Unpacked = size
	}
	return nil
}
