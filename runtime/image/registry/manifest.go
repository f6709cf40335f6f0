package registry

import (
	"encoding/json"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types of Docker's own, beside the OCI ones.
const (
	DockerManifest     = "application/vnd.docker.distribution.manifest.v2+json"
	DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerConfig       = "application/vnd.docker.container.image.v1+json"
)

// ManifestLimit is the most bytes that a manifest or an index may have.
const ManifestLimit = 8 << 20

// layerLimit is the most layers that overlayfs can stack.
const layerLimit = 499

// accepted is what we ask registries for.
var accepted = []string{ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex, DockerManifest, DockerManifestList}

// Document is a manifest or an index, told apart by what it holds.
type Document struct {
	Manifest *ocispec.Manifest
	Index    *ocispec.Index
}

// ParseDocument reads a manifest or an index. The registry's own word about which it is does not count, only the contents.
func ParseDocument(data []byte) (Document, error) {
	var probe struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     string          `json:"mediaType"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
		Manifests     json.RawMessage `json:"manifests"`
		FSLayers      json.RawMessage `json:"fsLayers"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return Document{}, fmt.Errorf("%w: the manifest is not JSON: %w", errUnsupported, err)
	}
	switch {
	case probe.SchemaVersion == 1 || probe.FSLayers != nil:
		return Document{}, fmt.Errorf("%w: the image has a manifest of schema version 1, as before 2016; push it again with a current tool", errUnsupported)
	case probe.Manifests != nil && (probe.Config != nil || probe.Layers != nil):
		return Document{}, fmt.Errorf("%w: the manifest claims to be an index as well", errUnsupported)
	case probe.Manifests != nil:
		var index ocispec.Index
		if err := json.Unmarshal(data, &index); err != nil {
			return Document{}, fmt.Errorf("%w: reading the index: %w", errUnsupported, err)
		}
		for _, m := range index.Manifests {
			if err := checkDescriptor(m); err != nil {
				return Document{}, err
			}
		}
		return Document{Index: &index}, nil
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(data, &manifest); err != nil {
		return Document{}, fmt.Errorf("%w: reading the manifest: %w", errUnsupported, err)
	}
	return Document{Manifest: &manifest}, checkManifest(manifest)
}

func checkManifest(m ocispec.Manifest) error {
	switch m.Config.MediaType {
	case ocispec.MediaTypeImageConfig, DockerConfig, "":
	default:
		return fmt.Errorf("%w: it is no container image but has a configuration of type %q", errUnsupported, m.Config.MediaType)
	}
	if len(m.Layers) > layerLimit {
		return fmt.Errorf("%w: the image has %d layers; %d are possible", errUnsupported, len(m.Layers), layerLimit)
	}
	for _, d := range append([]ocispec.Descriptor{m.Config}, m.Layers...) {
		if err := checkDescriptor(d); err != nil {
			return err
		}
	}
	return nil
}

func checkDescriptor(d ocispec.Descriptor) error {
	if err := d.Digest.Validate(); err != nil {
		return fmt.Errorf("%w: the manifest names a blob by digest %q: %w", errUnsupported, d.Digest, err)
	}
	if d.Size < 0 {
		return fmt.Errorf("%w: the manifest names blob %s with size %d", errUnsupported, d.Digest, d.Size)
	}
	return nil
}

// digestOf digests as a known digest does, with SHA-256 if there is none.
func digestOf(data []byte, known digest.Digest) digest.Digest {
	if known != "" && known.Validate() == nil {
		return known.Algorithm().FromBytes(data)
	}
	return digest.FromBytes(data)
}
