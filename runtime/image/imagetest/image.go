package imagetest

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Layer is a layer's blob.
type Layer struct {
	Blob      []byte
	MediaType string
	DiffID    digest.Digest
}

// PlainLayer is a layer that is not compressed.
func PlainLayer(t testing.TB, entries ...Entry) Layer {
	plain := Tar(t, entries...)
	return Layer{Blob: plain, MediaType: ocispec.MediaTypeImageLayer, DiffID: digest.FromBytes(plain)}
}

// GzipLayer is a layer compressed with gzip.
func GzipLayer(t testing.TB, entries ...Entry) Layer {
	plain := Tar(t, entries...)
	return Layer{Blob: Gzip(t, plain), MediaType: ocispec.MediaTypeImageLayerGzip, DiffID: digest.FromBytes(plain)}
}

// ZstdLayer is a layer compressed with zstd.
func ZstdLayer(t testing.TB, entries ...Entry) Layer {
	plain := Tar(t, entries...)
	return Layer{Blob: Zstd(t, plain), MediaType: ocispec.MediaTypeImageLayerZstd, DiffID: digest.FromBytes(plain)}
}

// Image is an image with all its blobs.
type Image struct {
	Config     ocispec.Image
	Descriptor ocispec.Descriptor // of the manifest, with its platform
	Manifest   ocispec.Manifest
	Raw        []byte
	Blobs      map[digest.Digest][]byte
}

// ID is the image's id: the digest of its configuration.
func (i Image) ID() string { return i.Manifest.Config.Digest.String() }

// NewImage makes an image of layers. A configuration without platform gets this one's: linux and the given architecture.
func NewImage(t testing.TB, arch string, config ocispec.Image, layers ...Layer) Image {
	t.Helper()
	image := Image{Config: config, Blobs: map[digest.Digest][]byte{}}
	image.Config.OS, image.Config.Architecture = "linux", arch
	image.Config.RootFS = ocispec.RootFS{Type: "layers"}
	image.Manifest = ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, Layers: []ocispec.Descriptor{}}
	for _, l := range layers {
		d := digest.FromBytes(l.Blob)
		image.Blobs[d] = l.Blob
		image.Config.RootFS.DiffIDs = append(image.Config.RootFS.DiffIDs, l.DiffID)
		image.Manifest.Layers = append(image.Manifest.Layers, ocispec.Descriptor{MediaType: l.MediaType, Digest: d, Size: int64(len(l.Blob))})
	}
	raw := encode(t, image.Config)
	image.Manifest.Config = ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromBytes(raw), Size: int64(len(raw))}
	image.Blobs[image.Manifest.Config.Digest] = raw
	return image.Seal(t)
}

// Seal computes the manifest's bytes and descriptor anew, after a change of the manifest.
func (i Image) Seal(t testing.TB) Image {
	t.Helper()
	i.Raw = encode(t, i.Manifest)
	i.Blobs = maps.Clone(i.Blobs)
	i.Descriptor = ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromBytes(i.Raw), Size: int64(len(i.Raw)),
		Platform: &ocispec.Platform{OS: i.Config.OS, Architecture: i.Config.Architecture},
	}
	return i
}

// Index is the index over images.
func Index(t testing.TB, images ...Image) []byte {
	t.Helper()
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	for _, i := range images {
		index.Manifests = append(index.Manifests, i.Descriptor)
	}
	return encode(t, index)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
