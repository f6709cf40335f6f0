package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/index"
	"argosy.dev/runtime/image/registry"
)

// configLimit is the most bytes that an image's configuration may have.
const configLimit = 8 << 20

// Image is an image that is on this node.
type Image struct {
	// ID is the digest of the configuration: "sha256:…".
	ID string
	// Names are full names with tags, CRI's RepoTags; Digests are full names with digests, its RepoDigests. Both sorted.
	Names, Digests []string
	// Manifest is the digest of the image's own manifest, which may be part of an index.
	Manifest string
	// Size is what the image takes on disk in bytes, packed and unpacked, if it shares no layer with others.
	Size int64
	// Packed is the part of Size that registries tell as an image's size.
	Packed int64
	// Added is when it came to this node; Used is when it was added or a snapshot of it was last prepared.
	Added, Used time.Time
	Pinned      bool
	// Config is the OCI configuration: user, environment, entrypoint, and so on. It must not be changed.
	Config ocispec.Image
}

var (
	shortID = regexp.MustCompile(`^[0-9a-f]{4,64}$`)
	fullID  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Resolve finds an image by any name of it: "nginx", a full name with tag or digest, an id, or at least four hexadecimal digits
// of an id. A name is looked for before an id. ErrNotFound if this node has no such image.
func (s *Store) Resolve(ctx context.Context, ref string) (Image, error) {
	if err := ctx.Err(); err != nil {
		return Image{}, err
	}
	x, err := s.index()
	if err != nil {
		return Image{}, err
	}
	r, _, err := find(x, ref)
	if err != nil {
		return Image{}, err
	}
	return s.describe(r)
}

// find also returns the full name, if it was a name that found the image.
func find(x index.Index, ref string) (r index.Record, name string, err error) {
	if fullID.MatchString(ref) {
		r, err = x.ByID(digest.Digest(ref))
		return r, "", err
	}
	parsed, parseErr := registry.ParseReference(ref)
	if parseErr == nil {
		r, err := x.ByName(parsed.String())
		if err == nil {
			return r, parsed.String(), nil
		}
	}
	if short := strings.TrimPrefix(ref, "sha256:"); shortID.MatchString(short) {
		r, err := x.ByPrefix(short)
		if err == nil || errors.Is(err, index.ErrAmbiguous) {
			return r, "", err
		}
	}
	if parseErr != nil {
		return index.Record{}, "", parseErr
	}
	return index.Record{}, "", fmt.Errorf("image %s: %w", parsed, ErrNotFound)
}

// List returns all images, by name.
func (s *Store) List(ctx context.Context) ([]Image, error) {
	x, err := s.index()
	if err != nil {
		return nil, err
	}
	var all []Image
	for _, r := range x.Images {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		image, err := s.describe(r)
		if err != nil {
			return nil, err
		}
		all = append(all, image)
	}
	slices.SortFunc(all, func(a, b Image) int {
		return strings.Compare(a.sortKey(), b.sortKey())
	})
	return all, nil
}

func (i Image) sortKey() string {
	for _, names := range [][]string{i.Names, i.Digests} {
		if len(names) > 0 {
			return names[0]
		}
	}
	return "~" + i.ID // nameless ones last
}

func (s *Store) describe(r index.Record) (Image, error) {
	config, err := s.config(r.Config.Digest)
	if err != nil {
		return Image{}, fmt.Errorf("image %s: %w", r.ID, err)
	}
	image := Image{
		ID: r.ID.String(), Names: r.Names, Digests: r.Digests, Manifest: r.Manifest.Digest.String(),
		Size: r.Size(), Packed: r.Manifest.Size + r.Config.Size, Added: r.Added, Used: r.Added, Pinned: r.Pinned, Config: config,
	}
	for _, l := range r.Layers {
		image.Packed += l.BlobSize
	}
	if info, err := os.Stat(s.content.Path(r.Config.Digest)); err == nil && info.ModTime().After(image.Used) {
		image.Used = info.ModTime()
	}
	return image, nil
}

// config reads a configuration once.
func (s *Store) config(d digest.Digest) (ocispec.Image, error) {
	if known, ok := s.configs.Load(d); ok {
		return known.(ocispec.Image), nil
	}
	data, err := s.content.Read(d, configLimit)
	if err != nil {
		return ocispec.Image{}, err
	}
	config, err := parseConfig(data)
	if err != nil {
		return ocispec.Image{}, err
	}
	s.configs.Store(d, config)
	return config, nil
}

func parseConfig(data []byte) (ocispec.Image, error) {
	var config ocispec.Image
	if err := json.Unmarshal(data, &config); err != nil {
		return ocispec.Image{}, fmt.Errorf("%w: its configuration cannot be read: %w", ErrInvalid, err)
	}
	for _, d := range config.RootFS.DiffIDs {
		if err := d.Validate(); err != nil || d.Algorithm() != digest.SHA256 {
			return ocispec.Image{}, fmt.Errorf("%w: its configuration names a layer by %q, which is no SHA-256 digest", ErrInvalid, d)
		}
	}
	return config, nil
}
