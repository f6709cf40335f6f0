package registry

import (
	"errors"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestParseReference(t *testing.T) {
	const hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for in, want := range map[string]string{
		"nginx":                       "docker.io/library/nginx:latest",
		"nginx:1.27":                  "docker.io/library/nginx:1.27",
		"team/app":                    "docker.io/team/app:latest",
		"index.docker.io/library/x":   "docker.io/library/x:latest",
		"docker.io/x":                 "docker.io/library/x:latest",
		"localhost/x":                 "localhost/x:latest",
		"localhost:5000/a/b:v1":       "localhost:5000/a/b:v1",
		"registry.k8s.io/pause:3.10":  "registry.k8s.io/pause:3.10",
		"nginx@" + hash:               "docker.io/library/nginx@" + hash,
		"nginx:1.27@" + hash:          "docker.io/library/nginx@" + hash,
		"[::1]:5000/x":                "[::1]:5000/x:latest",
		"argosy.dev/demo:v1":          "argosy.dev/demo:v1",
		"UPPER.example.com/lower:Tag": "UPPER.example.com/lower:Tag",
	} {
		got, err := ParseReference(in)
		if err != nil || got.String() != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "Nginx", "a b", "x:", "x@sha256:short", "http://x/y", "-x", strings.Repeat("a", 64), "x/" + strings.Repeat("a", 300), hash + ":x@y"} {
		if got, err := ParseReference(in); !errors.Is(err, ErrReference) {
			t.Errorf("%q: got %s, %v", in, got, err)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"nginx", "a/b:c@sha256:00", "[::1]:5000/x", "\x00", "a:b/c:d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseReference(s)
		if err != nil {
			return
		}
		again, err := ParseReference(r.String())
		if err != nil || again != r {
			t.Errorf("%q is %q, which is %q, %v", s, r, again, err)
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"sha256:00","size":1,"platform":{"os":"linux"}}]}`))
	f.Add([]byte(`{"schemaVersion":2,"config":{"mediaType":"x"},"layers":[{"size":-1}]}`))
	f.Add([]byte(`{"schemaVersion":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDocument(data)
		if err == nil && (d.Manifest == nil) == (d.Index == nil) {
			t.Errorf("neither or both: %+v", d)
		}
		if d.Index != nil {
			_, _ = Choose(d.Index.Manifests, Machine())
		}
	})
}

func TestChoose(t *testing.T) {
	platform := func(os, arch, variant string) ocispec.Descriptor {
		return ocispec.Descriptor{MediaType: os + arch + variant, Platform: &ocispec.Platform{OS: os, Architecture: arch, Variant: variant}}
	}
	none := ocispec.Descriptor{MediaType: "unsaid"}
	arm := ocispec.Platform{OS: "linux", Architecture: "arm"}
	amd64 := ocispec.Platform{OS: "linux", Architecture: "amd64"}
	for _, tc := range []struct {
		name      string
		manifests []ocispec.Descriptor
		want      ocispec.Platform
		got, err  string
	}{
		{"exact", []ocispec.Descriptor{platform("windows", "amd64", ""), platform("linux", "arm64", ""), platform("linux", "amd64", "")}, amd64, "linuxamd64", ""},
		{"plain before newer", []ocispec.Descriptor{platform("linux", "amd64", "v3"), platform("linux", "amd64", "")}, amd64, "linuxamd64", ""},
		{"best variant", []ocispec.Descriptor{platform("linux", "arm", "v5"), platform("linux", "arm", "v7"), platform("linux", "arm", "v6")}, arm, "linuxarmv7", ""},
		{"one that does not say", []ocispec.Descriptor{none}, amd64, "unsaid", ""},
		{"attestations do not count", []ocispec.Descriptor{platform("unknown", "unknown", ""), platform("linux", "arm", "v7")}, amd64, "", "it has linux/arm/v7, this machine is linux/amd64"},
		{"nothing", nil, amd64, "", "no platform at all"},
	} {
		got, err := Choose(tc.manifests, tc.want)
		if got.MediaType != tc.got || (err == nil) != (tc.err == "") || err != nil && (!errors.Is(err, ErrPlatform) || !strings.Contains(err.Error(), tc.err)) {
			t.Errorf("%s: got %q, %v", tc.name, got.MediaType, err)
		}
	}
}
