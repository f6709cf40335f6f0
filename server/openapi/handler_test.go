package openapi

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// get asks h for a path; headers are name, value, name, value.
func get(t *testing.T, h http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// indexOf reads the index as paths to URLs.
func indexOf(t *testing.T, h http.Handler) map[string]string {
	t.Helper()
	var got struct {
		Paths map[string]struct {
			ServerRelativeURL string `json:"serverRelativeURL"`
		} `json:"paths"`
	}
	if err := json.NewDecoder(get(t, h, "/openapi/v3").Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for path, location := range got.Paths {
		out[path] = location.ServerRelativeURL
	}
	return out
}

func TestForms(t *testing.T) {
	d := New(Options{})
	tests := []struct {
		path, accept string
		code         int
		contentType  string
	}{
		{"/openapi/v2", "", 200, mediaJSON},
		{"/openapi/v2", "application/json", 200, mediaJSON},
		{"/openapi/v2", "*/*", 200, mediaJSON},
		{"/openapi/v2", mediaV2Old, 200, mediaV2},
		{"/openapi/v2", mediaV2 + ", application/json;q=0.5", 200, mediaV2},
		{"/openapi/v2", "text/html", 406, ""},
		{"/openapi/v2", mediaV3, 406, ""},
		{"/openapi/v3/apis/apps/v1", "", 200, mediaJSON},
		{"/openapi/v3/apis/apps/v1", "application/*", 200, mediaJSON},
		{"/openapi/v3/apis/apps/v1", mediaV3Old, 200, mediaV3},
		{"/openapi/v3/apis/apps/v1", mediaV3 + ";q=0.1, application/json", 200, mediaJSON},
		{"/openapi/v3/apis/apps/v1", "text/html, application/xml", 406, ""},
		{"/openapi/v3/apis/apps", "", 200, mediaJSON},
		{"/openapi/v3/version", "", 200, mediaJSON},
		{"/openapi/v3", "application/json", 200, "text/plain; charset=utf-8"},
		{"/openapi/v3/", "", 404, "text/plain; charset=utf-8"},
		{"/openapi/v3/v2", "", 404, "text/plain; charset=utf-8"},
		{"/openapi/v3/apis/apps/v2", "", 404, "text/plain; charset=utf-8"},
		{"/openapi/v4", "", 404, "text/plain; charset=utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.accept, func(t *testing.T) {
			got := get(t, d, tt.path, "Accept", tt.accept)
			if got.StatusCode != tt.code || got.Header.Get("Content-Type") != tt.contentType {
				t.Errorf("answered %d %q, want %d %q", got.StatusCode, got.Header.Get("Content-Type"), tt.code, tt.contentType)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	d := New(Options{})
	for _, accept := range []string{mediaJSON, mediaV3} {
		plain := get(t, d, "/openapi/v3/apis/apps/v1", "Accept", accept)
		want := read(t, plain.Body)
		if got := plain.ContentLength; got != int64(len(want)) {
			t.Errorf("Content-Length is %d for %d bytes", got, len(want))
		}
		for encoding, compressed := range map[string]bool{
			"gzip": true, "gzip, deflate": true, "br;q=1.0, gzip;q=0.8": true, "GZIP": true,
			"gzip;q=0": false, "identity": false, "x-gzip": false, "gzip;q=nonsense": false,
		} {
			got := get(t, d, "/openapi/v3/apis/apps/v1", "Accept", accept, "Accept-Encoding", encoding)
			if (got.Header.Get("Content-Encoding") == "gzip") != compressed {
				t.Errorf("with Accept-Encoding %q the encoding is %q", encoding, got.Header.Get("Content-Encoding"))
				continue
			}
			body := io.Reader(got.Body)
			if compressed {
				if got.ContentLength*4 > int64(len(want)) {
					t.Errorf("%d bytes are compressed to %d", len(want), got.ContentLength)
				}
				z, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			if read(t, body) != want {
				t.Errorf("with Accept-Encoding %q the document is another", encoding)
			}
		}
	}
}

func TestConditionalRequests(t *testing.T) {
	d := New(Options{})
	for _, path := range []string{"/openapi/v2", "/openapi/v3", "/openapi/v3/apis/apps/v1"} {
		tag := get(t, d, path).Header.Get("Etag")
		for ifNoneMatch, code := range map[string]int{
			tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200,
		} {
			got := get(t, d, path, "If-None-Match", ifNoneMatch)
			if got.StatusCode != code || got.Header.Get("Etag") != tag {
				t.Errorf("%s, If-None-Match %s: answered %d with ETag %s, want %d", path, ifNoneMatch, got.StatusCode, got.Header.Get("Etag"), code)
			}
			if code == 304 && read(t, got.Body) != "" {
				t.Errorf("%s: 304 with a body", path)
			}
		}
	}
}

func TestHashes(t *testing.T) {
	d := New(Options{})
	url := indexOf(t, d)["apis/apps/v1"]
	got := get(t, d, url)
	if got.StatusCode != 200 || got.Header.Get("Cache-Control") != "public, immutable" {
		t.Errorf("%s: answered %d with Cache-Control %q", url, got.StatusCode, got.Header.Get("Cache-Control"))
	}
	expires, err := http.ParseTime(got.Header.Get("Expires"))
	if err != nil || time.Until(expires) < 364*24*time.Hour {
		t.Errorf("expires at %q", got.Header.Get("Expires"))
	}
	if _, hash, _ := strings.Cut(url, "?hash="); got.Header.Get("Etag") != `"`+hash+`"` {
		t.Errorf("the hash is %s, the ETag %s", hash, got.Header.Get("Etag"))
	}
	stale := get(t, d, "/openapi/v3/apis/apps/v1?hash=STALE")
	if stale.StatusCode != 301 || stale.Header.Get("Location") != url {
		t.Errorf("a stale hash: answered %d to %q, want 301 to %q", stale.StatusCode, stale.Header.Get("Location"), url)
	}
	if cached := get(t, d, "/openapi/v3/apis/apps/v1").Header.Get("Cache-Control"); cached != "" {
		t.Errorf("without a hash, Cache-Control is %q", cached)
	}
}

func TestHead(t *testing.T) {
	d := New(Options{})
	for _, path := range []string{"/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(http.MethodHead, path, nil))
		if want := get(t, d, path).Header.Get("Content-Length"); w.Body.Len() != 0 || w.Header().Get("Content-Length") != want {
			t.Errorf("%s: %d bytes, Content-Length %s, want none and %s", path, w.Body.Len(), w.Header().Get("Content-Length"), want)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("/openapi/v3/apis/apps/v1", "application/json", "gzip", `"x"`)
	f.Add("/openapi/v2", mediaV2Old, "gzip;q=", "W/")
	f.Add("/openapi/v3/", "*/*;q=2,,", ",;=", ",")
	d := New(Options{Resource: func(group, _, _ string) bool { return group == "scheduling.k8s.io" }})
	f.Fuzz(func(t *testing.T, path, accept, encoding, ifNoneMatch string) {
		r := httptest.NewRequest(http.MethodGet, "/openapi/v3", nil)
		r.URL.Path = path
		r.Header["Accept"], r.Header["Accept-Encoding"], r.Header["If-None-Match"] = []string{accept}, []string{encoding}, []string{ifNoneMatch}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("answered %d", w.Code)
		}
	})
}
