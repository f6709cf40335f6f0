package registry

import (
	"errors"
	"fmt"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

// ErrReference says that a string cannot be the name of an image.
var ErrReference = errors.New("not a valid image name")

// Reference is the full name of an image: docker.io/library/nginx:latest.
type Reference struct {
	// Host is the registry's name, with its port if that is not the usual one.
	Host string
	// Repository is the path within the registry.
	Repository string
	// Tag or Digest, exactly one.
	Tag    string
	Digest digest.Digest
}

// ParseReference reads an image name as Docker does: "nginx" is docker.io/library/nginx:latest. Of a name with both a tag and
// a digest, the digest counts.
func ParseReference(s string) (Reference, error) {
	named, err := reference.ParseDockerRef(s)
	if err != nil {
		return Reference{}, fmt.Errorf("%q is %w: %w", s, ErrReference, err)
	}
	r := Reference{Host: reference.Domain(named), Repository: reference.Path(named)}
	switch named := named.(type) {
	case reference.Digested:
		r.Digest = named.Digest()
	case reference.Tagged:
		r.Tag = named.Tag()
	}
	return r, nil
}

// Name is the reference without tag or digest.
func (r Reference) Name() string { return r.Host + "/" + r.Repository }

// String is the full name.
func (r Reference) String() string {
	if r.Digest != "" {
		return r.WithDigest(r.Digest)
	}
	return r.Name() + ":" + r.Tag
}

// WithDigest is the name of the same repository with a digest.
func (r Reference) WithDigest(d digest.Digest) string { return r.Name() + "@" + d.String() }

// version is what the registry is asked for.
func (r Reference) version() string {
	if r.Digest != "" {
		return r.Digest.String()
	}
	return r.Tag
}
