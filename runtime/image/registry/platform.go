package registry

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// ErrPlatform says that an image exists, but not for the wanted platform.
var ErrPlatform = errors.New("the image is not made for this machine")

// Machine is the platform of this machine.
func Machine() ocispec.Platform {
	return ocispec.Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH}
}

// Choose picks the manifest for a platform out of an index.
func Choose(manifests []ocispec.Descriptor, want ocispec.Platform) (ocispec.Descriptor, error) {
	var have []string
	var candidates []ocispec.Descriptor
	for _, m := range manifests {
		switch p := m.Platform; {
		case p == nil:
			// An index of one image often does not say.
			if len(manifests) == 1 {
				return m, nil
			}
		case p.OS == "unknown" || p.Architecture == "unknown": // attestations
		case p.OS == want.OS && p.Architecture == want.Architecture && (want.Variant == "" || p.Variant == want.Variant):
			candidates = append(candidates, m)
		default:
			have = append(have, FormatPlatform(*p))
		}
	}
	if len(candidates) == 0 {
		return ocispec.Descriptor{}, platformError(want, have)
	}
	for _, variant := range usualVariants[want.Architecture] {
		if i := slices.IndexFunc(candidates, func(m ocispec.Descriptor) bool { return m.Platform.Variant == variant }); i >= 0 {
			return candidates[i], nil
		}
	}
	return candidates[0], nil
}

// usualVariants are those that any machine of an architecture runs, best first.
var usualVariants = map[string][]string{
	"arm":   {"v7", "v6", "v5", ""},
	"arm64": {"v8", ""},
	"amd64": {"", "v1"},
}

// CheckPlatform tells whether an image that is made for one platform only is made for the wanted one. Images that do not
// say pass.
func CheckPlatform(have, want ocispec.Platform) error {
	if (have.OS == "" || have.OS == want.OS) && (have.Architecture == "" || have.Architecture == want.Architecture) {
		return nil
	}
	return platformError(want, []string{FormatPlatform(have)})
}

func platformError(want ocispec.Platform, have []string) error {
	slices.Sort(have)
	list := strings.Join(slices.Compact(have), ", ")
	if list == "" {
		list = "no platform at all"
	}
	return fmt.Errorf("%w: it has %s, this machine is %s", ErrPlatform, list, FormatPlatform(want))
}

// FormatPlatform writes a platform as OS/ARCH[/VARIANT].
func FormatPlatform(p ocispec.Platform) string {
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}
