package image_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image"
	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/registry"
)

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ociLayout is the tar of an OCI layout of images; annotations are those of its manifests in index.json.
func ociLayout(t testing.TB, annotations []map[string]string, images ...Image) []Entry {
	t.Helper()
	index := ocispec.Index{MediaType: ocispec.MediaTypeImageIndex}
	index.SchemaVersion = 2
	files := []Entry{File("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), Dir("blobs"), Dir("blobs/sha256")}
	for n, i := range images {
		d := i.Descriptor
		d.Platform = nil
		d.Annotations = annotations[n]
		index.Manifests = append(index.Manifests, d)
		files = append(files, File("blobs/sha256/"+d.Digest.Encoded(), string(i.Raw)))
		for blob, data := range i.Blobs {
			files = append(files, File("blobs/sha256/"+blob.Encoded(), string(data)))
		}
	}
	return append(files, File("index.json", encode(t, index)))
}

type dockerEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// dockerSave is the tar that docker wrote before version 25, with a shared layer as a link.
func dockerSave(t testing.TB, i Image, tags ...string) []Entry {
	t.Helper()
	config := i.Manifest.Config.Digest
	entry := dockerEntry{Config: config.Encoded() + ".json", RepoTags: tags}
	files := []Entry{File(entry.Config, string(i.Blobs[config]))}
	for n, l := range i.Manifest.Layers {
		dir := strings.Repeat(string(rune('a'+n)), 64)
		entry.Layers = append(entry.Layers, dir+"/layer.tar")
		files = append(files, Dir(dir), File("data"+dir, string(i.Blobs[l.Digest])), Symlink(dir+"/layer.tar", "../data"+dir))
	}
	return append(files, File("repositories", "{}"), File("manifest.json", encode(t, []dockerEntry{entry})))
}

func TestLoad(t *testing.T) {
	fixture := NewImage(t, runtime.GOARCH, ocispec.Image{}, PlainLayer(t, File("f", "1")), GzipLayer(t, File("g", "2")))
	foreign := NewImage(t, "mips64", ocispec.Image{}, PlainLayer(t, File("f", "1")))
	for _, tc := range []struct {
		name    string
		archive []byte
		names   string
		digests int
	}{
		{"docker save", Tar(t, dockerSave(t, fixture, "app:v1", "other.example.com/x:2")...), "docker.io/library/app:v1 other.example.com/x:2", 0},
		{"docker save, gzip", Gzip(t, Tar(t, dockerSave(t, fixture, "app:v1")...)), "docker.io/library/app:v1", 0},
		{"docker save without a name", Tar(t, dockerSave(t, fixture)...), "", 0},
		{"layout of containerd", Tar(t, ociLayout(t, []map[string]string{{"io.containerd.image.name": "quay.io/a/b:v3", ocispec.AnnotationRefName: "v3"}}, fixture)...), "quay.io/a/b:v3", 1},
		{"layout with a full ref name", Zstd(t, Tar(t, ociLayout(t, []map[string]string{{ocispec.AnnotationRefName: "quay.io/a/b:v3"}}, fixture)...)), "quay.io/a/b:v3", 1},
		{"layout with only a tag", Tar(t, ociLayout(t, []map[string]string{{ocispec.AnnotationRefName: "v3"}}, fixture)...), "", 0},
		{"layout with a foreign image as well", Tar(t, ociLayout(t, []map[string]string{nil, {ocispec.AnnotationRefName: "x/y:1"}}, foreign, fixture)...), "docker.io/x/y:1", 1},
		{"both forms", Tar(t, append(ociLayout(t, []map[string]string{nil}, fixture),
			File("manifest.json", encode(t, []dockerEntry{{Config: "blobs/sha256/" + fixture.Manifest.Config.Digest.Encoded(), RepoTags: []string{"both:1"}}})))...), "docker.io/library/both:1", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			images, err := s.Load(t.Context(), bytes.NewReader(tc.archive))
			if err != nil {
				t.Fatal(err)
			}
			if len(images) != 1 || images[0].ID != fixture.ID() || strings.Join(images[0].Names, " ") != tc.names || len(images[0].Digests) != tc.digests {
				t.Errorf("got %+v", images)
			}
			holds(t, s, 4, 2)
			rootfs, err := s.Snapshots().Prepare(t.Context(), "c", images[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(rootfs + "/g"); err != nil || string(data) != "2" {
				t.Errorf("%q, %v", data, err)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	fixture := NewImage(t, runtime.GOARCH, ocispec.Image{}, PlainLayer(t, File("f", "1")))
	lying := ociLayout(t, []map[string]string{nil}, fixture)
	for i, e := range lying {
		if strings.HasSuffix(e.Name, fixture.Manifest.Layers[0].Digest.Encoded()) {
			lying[i] = File(e.Name, "something else")
		}
	}
	save := dockerSave(t, fixture, "x")
	whole := Tar(t, save...)
	for _, tc := range []struct {
		name, text string
		archive    []byte
		is         error
	}{
		{"nothing", "", nil, image.ErrInvalid},
		{"no archive", "", []byte(strings.Repeat("text ", 500)), image.ErrInvalid},
		{"an archive of files", "docker save", Tar(t, File("README", "hello")), image.ErrInvalid},
		{"an empty list", "no image", Tar(t, File("manifest.json", "[]")), image.ErrInvalid},
		{"bad JSON", "manifest.json", Tar(t, File("manifest.json", "{")), image.ErrInvalid},
		{"a missing layer", "layer.tar", Tar(t, save[0], save[len(save)-1]), image.ErrInvalid},
		{"a missing configuration", ".json", Tar(t, save[1:]...), image.ErrInvalid},
		{"a blob that is another", fixture.Manifest.Layers[0].Digest.String(), Tar(t, lying...), image.ErrInvalid},
		{"cut off", "cut off", whole[:len(whole)-3000], image.ErrInvalid},
		{"for another machine", "it has linux/mips64", Tar(t, ociLayout(t, []map[string]string{nil}, NewImage(t, "mips64", ocispec.Image{}))...), registry.ErrPlatform},
		{"a link to itself", "missing", Tar(t, Symlink("manifest.json", "manifest.json"), File("index.json", `{"manifests":[{"digest":"`+digest.FromString("").String()+`"}]}`)), image.ErrInvalid},
		{"a climbing digest", "digest", Tar(t, File("index.json", `{"manifests":[{"digest":"sha256:../../../etc/passwd"}]}`)), image.ErrInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			_, err := s.Load(t.Context(), bytes.NewReader(tc.archive))
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v that says %q", err, tc.is, tc.text)
			}
			holds(t, s, 0, 0)
		})
	}
}

func TestExport(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	a, err := s.Pull(t.Context(), r.Push(t, "a", "v1", simple(t, "a")), image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Pull(t.Context(), r.Push(t, "b", "v1", simple(t, "b")), image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Tag(t.Context(), a.ID, "second:name"); err != nil {
		t.Fatal(err)
	}
	var first, again bytes.Buffer
	for _, w := range []io.Writer{&first, &again} {
		if err := s.Export(t.Context(), w, a.ID, b.Names[0]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same export gives other bytes")
	}
	seen := map[string]int{}
	archive := tar.NewReader(bytes.NewReader(first.Bytes()))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		seen[header.Name]++
	}
	if len(seen) != 10 || seen["manifest.json"] != 1 || seen["index.json"] != 1 || seen["oci-layout"] != 1 {
		t.Errorf("the archive holds %v", seen)
	}

	other := open(t, t.TempDir())
	images, err := other.Load(t.Context(), &first)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, other, 7, 3)
	list, err := other.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("loaded %+v, %v", images, err)
	}
	for _, want := range []image.Image{a, b} {
		got, err := other.Resolve(t.Context(), want.Names[0])
		if err != nil || got.ID != want.ID || got.Manifest != want.Manifest {
			t.Errorf("%s: got %+v, %v", want.Names, got, err)
		}
	}
	if got, err := other.Resolve(t.Context(), "second:name"); err != nil || got.ID != a.ID {
		t.Errorf("the second name: %+v, %v", got, err)
	}
	if err := s.Export(t.Context(), io.Discard, "nope"); !errors.Is(err, image.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if err := s.Export(t.Context(), io.Discard); err == nil {
		t.Error("nothing to export")
	}
}

// FuzzLoad feeds archives from nowhere: no panic, and nothing stays of what is refused.
func FuzzLoad(f *testing.F) {
	needRoot(f)
	fixture := NewImage(f, runtime.GOARCH, ocispec.Image{}, PlainLayer(f, File("f", "1")))
	f.Add(Tar(f, dockerSave(f, fixture, "x")...))
	f.Add(Tar(f, ociLayout(f, []map[string]string{{"io.containerd.image.name": "a:b"}}, fixture)...))
	f.Add([]byte{})
	s := open(f, f.TempDir())
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := s.Load(t.Context(), bytes.NewReader(data))
		for _, i := range images {
			if _, err := s.Remove(t.Context(), i.ID, true); err != nil && !errors.Is(err, image.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if err != nil && len(images) > 0 {
			t.Errorf("images and an error: %v", err)
		}
		holds(t, s, 0, 0)
	})
}
