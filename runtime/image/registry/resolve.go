package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is an image found in a registry, for one platform. Close it when its blobs are fetched.
type Image struct {
	// Reference is what was asked for; Digest is what that names: of the index if there is one, else of the manifest.
	Reference Reference
	Digest    digest.Digest
	// Raw is the manifest for the platform, and Descriptor describes it.
	Raw        []byte
	Descriptor ocispec.Descriptor
	Manifest   ocispec.Manifest

	client      *Client
	connections []*connection // the one that had the manifest first
}

// Close ends idle connections.
func (i *Image) Close() {
	for _, c := range i.connections {
		c.close()
	}
}

// Resolve finds the image at the first place that has it. The error is an *Error.
func (c *Client) Resolve(ctx context.Context, ref Reference, credentials *Credentials, platform ocispec.Platform) (*Image, error) {
	fail := func(host string, err error) error {
		return &Error{Image: ref.String(), Registry: host, Reason: classify(err), Err: err}
	}
	file, err := ReadFile(c.o.File)
	if err != nil {
		return nil, fail(ref.Host, err)
	}
	image := &Image{Reference: ref, client: c}
	for _, p := range file.places(ref) {
		auth, err := p.authenticator(credentials, ref)
		if err != nil {
			return nil, fail(ref.Host, err)
		}
		image.connections = append(image.connections, &connection{client: c, place: p, auth: auth})
	}
	var earlier []string
	for {
		first := image.connections[0]
		err := image.resolve(ctx, first, platform)
		if err == nil {
			return image, nil
		}
		// A platform that is missing is missing everywhere; so is the caller's patience.
		final := len(image.connections) == 1 || ctx.Err() != nil || errors.Is(err, ErrPlatform) || errors.Is(err, errUnsupported) || errors.Is(err, errConfig)
		first.close()
		if final {
			err = brief(err)
			if len(earlier) > 0 {
				err = &briefError{text: err.Error() + " (before that: " + strings.Join(earlier, "; ") + ")", err: err}
			}
			return nil, fail(first.place.host, err)
		}
		earlier = append(earlier, "mirror "+first.place.host+": "+brief(err).Error())
		image.connections = image.connections[1:]
	}
}

func (i *Image) resolve(ctx context.Context, c *connection, platform ocispec.Platform) error {
	raw, err := i.document(ctx, c, i.Reference.version(), i.Reference.Digest)
	if err != nil {
		return err
	}
	i.Digest = digestOf(raw, i.Reference.Digest)
	descriptor := ocispec.Descriptor{Digest: i.Digest, Size: int64(len(raw))}
	document, err := ParseDocument(raw)
	if err != nil {
		return err
	}
	// An index may hold an index; more than that nobody builds.
	for depth := 0; document.Index != nil; depth++ {
		if depth == 3 {
			return fmt.Errorf("%w: an index in an index in an index", errUnsupported)
		}
		if descriptor, err = Choose(document.Index.Manifests, platform); err != nil {
			return err
		}
		if raw, err = i.document(ctx, c, descriptor.Digest.String(), descriptor.Digest); err != nil {
			return fmt.Errorf("manifest for %s: %w", FormatPlatform(platform), err)
		}
		if document, err = ParseDocument(raw); err != nil {
			return err
		}
	}
	i.Raw, i.Manifest = raw, *document.Manifest
	i.Descriptor = ocispec.Descriptor{MediaType: mediaType(document.Manifest), Digest: descriptor.Digest, Size: int64(len(raw))}
	return nil
}

func mediaType(m *ocispec.Manifest) string {
	if m.MediaType != "" {
		return m.MediaType
	}
	return ocispec.MediaTypeImageManifest
}

// document gets a manifest or an index and verifies it if its digest is known.
func (i *Image) document(ctx context.Context, c *connection, version string, known digest.Digest) ([]byte, error) {
	var data []byte
	err := i.client.retry(ctx, func() error {
		response, err := c.get(ctx, "manifests/"+version, http.Header{"Accept": accepted}, http.StatusOK)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		data, err = io.ReadAll(io.LimitReader(response.Body, ManifestLimit+1))
		if err != nil {
			return fmt.Errorf("reading the manifest: %w", err)
		}
		if response.ContentLength >= 0 && int64(len(data)) < min(response.ContentLength, ManifestLimit) {
			return fmt.Errorf("reading the manifest: %w", errShort)
		}
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	if len(data) > ManifestLimit {
		return nil, fmt.Errorf("%w: the manifest has more than %d bytes", errUnsupported, ManifestLimit)
	}
	if known != "" {
		if got := digestOf(data, known); got != known {
			return nil, fmt.Errorf("%w: the manifest should have digest %s, but has %s", errCorrupt, known, got)
		}
	}
	return data, nil
}
