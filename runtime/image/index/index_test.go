package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/tree"
)

func record(id string, names ...string) Record {
	d := digest.FromString(id)
	return Record{
		ID: d, Names: names, Manifest: ocispec.Descriptor{Digest: d, Size: 1}, Config: ocispec.Descriptor{Digest: d, Size: 2},
		Layers: []Layer{{Blob: d, BlobSize: 10, DiffID: d, Chain: d, Unpacked: tree.Size{Bytes: 100, Inodes: 3}}}, Added: time.Unix(1, 0).UTC(),
	}
}

// show prints an index as text.
func show(x Index) string {
	var b strings.Builder
	for _, r := range x.Images {
		fmt.Fprintln(&b, r.ID.Encoded()[:4], r.Names, r.Digests, r.Pinned)
	}
	return b.String()
}

func TestPut(t *testing.T) {
	a, b := record("a", "x:1", "x:2"), record("b", "y:1")
	a.Digests = []string{"x@d2", "x@d1"}
	x := Index{}.Put(a).Put(b).Pin(a.ID, true)
	moved := record("b", "x:1")
	again := record("a", "z:1")
	again.Digests = []string{"x@d2", "z@d"}
	again.Layers = nil
	y := x.Put(moved).Put(again)
	if diff := cmp.Diff("3e23 [x:1 y:1] [] false\nca97 [x:2 z:1] [x@d1 x@d2 z@d] true\n", show(y)); diff != "" {
		t.Error(diff)
	}
	if r, err := y.ByID(a.ID); err != nil || len(r.Layers) != 1 {
		t.Errorf("an image put again lost its layers: %+v, %v", r, err)
	}
	if diff := cmp.Diff("ca97 [x:1 x:2] [x@d1 x@d2] true\n3e23 [y:1] [] false\n", show(x)); diff != "" {
		t.Errorf("Put changed its receiver: %s", diff)
	}
	if diff := cmp.Diff("3e23 [y:1] [] false\nca97 [x:2 z:1] [x@d1 z@d] true\n", show(y.Untag("x:1").Untag("x@d2"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("3e23 [x:1 y:1] [] false\n", show(y.Delete(a.ID))); diff != "" {
		t.Error(diff)
	}
	if got := a.Size(); got != 113 {
		t.Errorf("size %d", got)
	}
}

func TestFind(t *testing.T) {
	a, b := record("a", "x:1"), record("b")
	b.Digests = []string{"y@d"}
	x := Index{}.Put(a).Put(b)
	for _, tc := range []struct {
		got  func() (Record, error)
		want digest.Digest
		err  error
	}{
		{func() (Record, error) { return x.ByName("x:1") }, a.ID, nil},
		{func() (Record, error) { return x.ByName("y@d") }, b.ID, nil},
		{func() (Record, error) { return x.ByName("x") }, "", ErrNotFound},
		{func() (Record, error) { return x.ByID(b.ID) }, b.ID, nil},
		{func() (Record, error) { return x.ByID("sha256:0") }, "", ErrNotFound},
		{func() (Record, error) { return x.ByPrefix("3e2") }, b.ID, nil},
		{func() (Record, error) { return x.ByPrefix("ffff") }, "", ErrNotFound},
		{func() (Record, error) { return x.ByPrefix("") }, "", ErrAmbiguous},
	} {
		r, err := tc.got()
		if r.ID != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("got %s, %v; want %s, %v", r.ID, err, tc.want, tc.err)
		}
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.json")
	if x, err := Read(path); err != nil || len(x.Images) != 0 {
		t.Errorf("no file: %+v, %v", x, err)
	}
	x := Index{Version: version}.Put(record("a", "x:1")).Put(record("b"))
	if err := x.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x, got); diff != "" {
		t.Error(diff)
	}
	for content, want := range map[string]string{
		"": "damaged", "{": "damaged", `{"version":2}`: "another release", `{"version":1,"images":[{"id":"../../etc"}]}`: "damaged",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestChains(t *testing.T) {
	a, b := digest.FromString("a"), digest.FromString("b")
	got := Chains([]digest.Digest{a, b})
	if got[0] != a || got[1] != digest.FromString(a.String()+" "+b.String()) || len(Chains(nil)) != 0 {
		t.Errorf("got %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"images":[{"id":"sha256:00"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := decode(data)
		if err != nil {
			return
		}
		for _, r := range x.Images {
			_ = r.ID.Encoded() // panics on what is no digest
			for _, d := range r.Blobs() {
				_ = d.Encoded()
			}
		}
	})
}
