package openapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func decode(t *testing.T, r io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(err)
	}
}

const custom = `{"openapi":"3.0.0","info":{"title":"Kubernetes","version":"v1"},"paths":{}}`

func TestSet(t *testing.T) {
	d := New(Options{})
	before := indexOf(t, d)
	made := 0
	d.Set("stable.example.com/v1", func() ([]byte, error) { made++; return []byte(custom), nil })
	if made != 0 {
		t.Error("the document was made before anybody asked")
	}
	after := indexOf(t, d)
	url, ok := after["apis/stable.example.com/v1"]
	if !ok || len(after) != len(before)+1 {
		t.Fatalf("the index has %d documents, want %d", len(after), len(before)+1)
	}
	if got := read(t, get(t, d, url).Body); got != custom {
		t.Errorf("got %s", got)
	}
	if got := get(t, d, url, "Accept", mediaV3); got.StatusCode != 200 || read(t, got.Body) == "" {
		t.Errorf("in protobuf: answered %d", got.StatusCode)
	}
	if made != 1 {
		t.Errorf("the document was made %d times", made)
	}

	d.Set("stable.example.com/v1", func() ([]byte, error) { return []byte(strings.Replace(custom, "v1", "v2", 1)), nil })
	if replaced := indexOf(t, d)["apis/stable.example.com/v1"]; replaced == url {
		t.Error("the hash is the same after the document was replaced")
	}
	if got := get(t, d, url).StatusCode; got != 301 {
		t.Errorf("the replaced document's hash: answered %d", got)
	}

	d.Remove("stable.example.com/v1")
	if got := get(t, d, "/openapi/v3/apis/stable.example.com/v1").StatusCode; got != 404 {
		t.Errorf("after it was removed: answered %d", got)
	}
	if got := indexOf(t, d); len(got) != len(before) {
		t.Errorf("after it was removed the index has %d documents, want %d", len(got), len(before))
	}
}

func TestSetWhatCannotBeMade(t *testing.T) {
	d := New(Options{})
	before := len(indexOf(t, d))
	d.Set("broken.example.com/v1", func() ([]byte, error) { return nil, errors.New("no structure") })
	if got := len(indexOf(t, d)); got != before {
		t.Errorf("the index has %d documents, want %d", got, before)
	}
	if got := get(t, d, "/openapi/v3/apis/broken.example.com/v1").StatusCode; got != 500 {
		t.Errorf("answered %d", got)
	}
}

// A document may be set while another is made for the index, even by what makes it.
func TestSetWhileTheIndexIsMade(t *testing.T) {
	d := New(Options{})
	d.Set("a.example.com/v1", func() ([]byte, error) {
		d.Set("b.example.com/v1", func() ([]byte, error) { return []byte(custom), nil })
		return []byte(custom), nil
	})
	indexOf(t, d)
	if _, ok := indexOf(t, d)["apis/b.example.com/v1"]; !ok {
		t.Error("what was set while the index was made is not in the next one")
	}
}

func TestConcurrentUse(t *testing.T) {
	d := New(few())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, path := range []string{"/openapi/v3", "/openapi/v3/api/v1", "/openapi/v3/apis/c.example.com/v1"} {
				read(t, get(t, d, path, "Accept", mediaV3+",*/*").Body)
			}
		})
		wg.Go(func() {
			d.Set("c.example.com/v1", func() ([]byte, error) { return []byte(custom), nil })
			d.Remove("c.example.com/v1")
		})
	}
	wg.Wait()
}

// Starting must not pay for documents that nobody may ever ask for.
func TestNewDoesNoWork(t *testing.T) {
	asked := false
	options := Options{Resource: func(_, _, _ string) bool { asked = true; return true }}
	if allocations := testing.AllocsPerRun(10, func() { New(options) }); allocations > 10 || asked {
		t.Errorf("New allocates %.0f times, asks what is served: %v", allocations, asked)
	}
}

// The stored bytes go out as they are: what is served whole costs no copy of the document.
func BenchmarkWholeDocument(b *testing.B) {
	d := New(Options{})
	benchmark(b, d, "/openapi/v3/api/v1")
}

func BenchmarkFirstCutDocument(b *testing.B) {
	for b.Loop() {
		if _, err := New(few()).document("api/v1").json(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstProtobufV2(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{}).document(v2Path).protobuf(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstIndex(b *testing.B) {
	for b.Loop() {
		if _, err := New(few()).currentIndex(); err != nil {
			b.Fatal(err)
		}
	}
}

// discard answers to nobody.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header               { return d.header }
func (d *discard) Write(p []byte) (int, error)       { return len(p), nil }
func (d *discard) WriteString(s string) (int, error) { return len(s), nil }
func (d *discard) WriteHeader(int)                   {}

func benchmark(b *testing.B, h http.Handler, path string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(&discard{header: http.Header{}}, r)
	}
}
