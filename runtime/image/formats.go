package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/registry"
)

// nameAnnotation is where tools put the full name of an image in an OCI layout's index.
const nameAnnotation = "io.containerd.image.name"

// loaded is an image found in an archive.
type loaded struct {
	record index.Record
	raw    []byte // the manifest, if it is not a file of the archive
}

// dockerImage is an entry of manifest.json, as "docker save" writes it.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// images finds the images of an archive. One that has both forms, as current versions of docker write it, is read as an OCI
// layout, with manifest.json for names only.
func (a *archive) images() ([]loaded, error) {
	var docker []dockerImage
	manifest, hasDocker := a.file("manifest.json")
	if hasDocker {
		data, err := a.small(manifest, smallLimit)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &docker); err != nil {
			return nil, fmt.Errorf("%w: manifest.json: %w", ErrInvalid, err)
		}
	}
	layout, hasLayout := a.file("index.json")
	var found []loaded
	var err error
	switch {
	case hasLayout:
		found, err = a.ociImages(layout, docker)
	case hasDocker:
		found, err = a.dockerImages(docker)
	default:
		return nil, fmt.Errorf("%w: the archive has neither a manifest.json, as \"docker save\" writes it, nor an index.json of an OCI layout", ErrInvalid)
	}
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: the archive holds no image", ErrInvalid)
	}
	return found, err
}

func (a *archive) ociImages(layout archived, docker []dockerImage) ([]loaded, error) {
	data, err := a.small(layout, registry.ManifestLimit)
	if err != nil {
		return nil, err
	}
	var top ocispec.Index
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("%w: index.json: %w", ErrInvalid, err)
	}
	var found []loaded
	var foreign error
	for _, d := range top.Manifests {
		f, err := a.ociImage(d, 0)
		if errors.Is(err, registry.ErrPlatform) {
			foreign = err
			continue
		}
		if err != nil {
			return nil, err
		}
		names := []string{d.Annotations[nameAnnotation]}
		if name := d.Annotations[ocispec.AnnotationRefName]; strings.ContainsAny(name, "/:") {
			names = append(names, name) // a mere tag names no image
		}
		for _, i := range docker {
			if strings.TrimSuffix(i.Config[strings.LastIndex(i.Config, "/")+1:], ".json") == f.record.Config.Digest.Encoded() {
				names = append(names, i.RepoTags...)
			}
		}
		f.record.Names = fullNames(names...)
		for _, name := range f.record.Names {
			if ref, err := registry.ParseReference(name); err == nil {
				f.record.Digests = append(f.record.Digests, ref.WithDigest(d.Digest))
			}
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		return nil, foreign
	}
	return found, nil
}

// ociImage reads a manifest, or the one for this machine out of an index.
func (a *archive) ociImage(d ocispec.Descriptor, depth int) (loaded, error) {
	file, err := a.blob(d.Digest)
	if err != nil {
		return loaded{}, err
	}
	data, err := a.small(file, registry.ManifestLimit)
	if err != nil {
		return loaded{}, err
	}
	document, err := registry.ParseDocument(data)
	if err != nil {
		return loaded{}, err
	}
	if document.Index != nil {
		if depth == 3 {
			return loaded{}, fmt.Errorf("%w: an index in an index in an index", ErrInvalid)
		}
		chosen, err := registry.Choose(document.Index.Manifests, a.store.platform())
		if err != nil {
			return loaded{}, err
		}
		return a.ociImage(chosen, depth+1)
	}
	m := *document.Manifest
	config, err := a.blob(m.Config.Digest)
	if err != nil {
		return loaded{}, err
	}
	m.Config.Size = config.size
	for i, l := range m.Layers {
		file, err := a.blob(l.Digest)
		if err != nil {
			return loaded{}, err
		}
		m.Layers[i].Size = file.size
	}
	manifest := ocispec.Descriptor{MediaType: m.MediaType, Digest: d.Digest, Size: file.size}
	if manifest.MediaType == "" {
		manifest.MediaType = ocispec.MediaTypeImageManifest
	}
	return a.image(manifest, m, nil)
}

func (a *archive) dockerImages(docker []dockerImage) ([]loaded, error) {
	var found []loaded
	for _, i := range docker {
		config, ok := a.file(i.Config)
		if !ok {
			return nil, fmt.Errorf("%w: configuration %q is missing in the archive", ErrInvalid, i.Config)
		}
		m := ocispec.Manifest{
			Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
			Config: ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: config.digest, Size: config.size},
			Layers: []ocispec.Descriptor{},
		}
		for _, name := range i.Layers {
			file, ok := a.file(name)
			if !ok {
				return nil, fmt.Errorf("%w: layer %q is missing in the archive", ErrInvalid, name)
			}
			mediaType, err := a.layerType(file.digest)
			if err != nil {
				return nil, err
			}
			m.Layers = append(m.Layers, ocispec.Descriptor{MediaType: mediaType, Digest: file.digest, Size: file.size})
		}
		// Such an archive has no manifest; an image needs one to be exported or pushed.
		raw, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		f, err := a.image(ocispec.Descriptor{MediaType: m.MediaType, Digest: digest.FromBytes(raw), Size: int64(len(raw))}, m, raw)
		if err != nil {
			return nil, err
		}
		f.record.Names = fullNames(i.RepoTags...)
		found = append(found, f)
	}
	return found, nil
}

// image puts together what is listed of an image.
func (a *archive) image(manifest ocispec.Descriptor, m ocispec.Manifest, raw []byte) (loaded, error) {
	config, err := a.store.config(m.Config.Digest)
	if err != nil {
		return loaded{}, err
	}
	layers, err := a.store.layersOf(m, config)
	if err != nil {
		return loaded{}, err
	}
	return loaded{record: index.Record{ID: m.Config.Digest, Manifest: manifest, Config: m.Config, Layers: layers}, raw: raw}, nil
}

// layerType is the media type of a layer by its first bytes.
func (a *archive) layerType(d digest.Digest) (string, error) {
	f, err := a.store.content.Open(d)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 6)
	n, _ := f.Read(head) // an empty layer is plain
	switch layer.Detect(head[:n]) {
	case layer.Gzip:
		return ocispec.MediaTypeImageLayerGzip, nil
	case layer.Zstd:
		return ocispec.MediaTypeImageLayerZstd, nil
	}
	return ocispec.MediaTypeImageLayer, nil
}
