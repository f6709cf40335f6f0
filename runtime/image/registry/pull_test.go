package registry_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/base/backoff"
	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/registry"
)

// sink keeps a blob in memory.
type sink struct{ bytes.Buffer }

func (s *sink) Size() int64           { return int64(s.Len()) }
func (s *sink) Digest() digest.Digest { return digest.FromBytes(s.Bytes()) }
func (s *sink) Reset() error          { s.Buffer.Reset(); return nil }

func client(t *testing.T, config string) *registry.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registries.yaml")
	if config != "" {
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return registry.New(registry.Options{File: file, Retry: backoff.Policy{First: time.Nanosecond}, Stall: 2 * time.Second})
}

// pull resolves and fetches everything.
func pull(t *testing.T, c *registry.Client, name string, credentials *registry.Credentials) (*registry.Image, error) {
	t.Helper()
	ref, err := registry.ParseReference(name)
	if err != nil {
		t.Fatal(err)
	}
	image, err := c.Resolve(t.Context(), ref, credentials, registry.Machine())
	if err != nil {
		return nil, err
	}
	defer image.Close()
	for _, d := range append([]ocispec.Descriptor{image.Manifest.Config}, image.Manifest.Layers...) {
		var s sink
		if err := image.Fetch(t.Context(), d, &s, nil); err != nil {
			return image, err
		}
		if s.Digest() != d.Digest {
			t.Errorf("blob %s came as %s", d.Digest, s.Digest())
		}
	}
	return image, nil
}

func simple(t *testing.T) Image {
	return NewImage(t, runtime.GOARCH, ocispec.Image{}, GzipLayer(t, File("f", strings.Repeat("hello", 100))), PlainLayer(t, File("g", "2")))
}

func expect(t *testing.T, err error, reason registry.Reason, texts ...string) {
	t.Helper()
	var e *registry.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Reason != reason {
		t.Errorf("reason %s, want %s: %v", e.Reason, reason, err)
	}
	for _, text := range append(texts, e.Image, e.Registry) {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

func TestPull(t *testing.T) {
	r := NewRegistry(t)
	image := simple(t)
	other := NewImage(t, "mips64", ocispec.Image{}, PlainLayer(t, File("f", "mips")))
	byTag := r.Push(t, "a/b", "v1", image)
	byIndex := r.PushIndex(t, "a/c", "v1", other, image)
	indexDigest := digest.FromBytes(Index(t, other, image))
	for _, name := range []string{byTag, byIndex, r.Host + "/a/c@" + indexDigest.String(), r.Host + "/a/b@" + image.Descriptor.Digest.String()} {
		got, err := pull(t, client(t, ""), name, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Descriptor.Digest != image.Descriptor.Digest {
			t.Errorf("%s: manifest %s", name, got.Descriptor.Digest)
		}
		want := image.Descriptor.Digest
		if strings.Contains(name, "/a/c") {
			want = indexDigest
		}
		if got.Digest != want {
			t.Errorf("%s: digest %s, want %s", name, got.Digest, want)
		}
	}
}

func TestPullErrors(t *testing.T) {
	r := NewRegistry(t)
	r.PushIndex(t, "foreign", "v1",
		NewImage(t, "mips64", ocispec.Image{}, PlainLayer(t)), NewImage(t, "s390x", ocispec.Image{}, PlainLayer(t)))
	r.Push(t, "known", "v1", simple(t))
	chart := simple(t)
	chart.Manifest.Config.MediaType = "application/vnd.cncf.helm.config.v1+json"
	r.Push(t, "chart", "v1", chart.Seal(t))
	r.PushManifest(t, "old", "v1", "application/vnd.docker.distribution.manifest.v1+json", []byte(`{"schemaVersion":1,"fsLayers":[]}`))
	r.PushManifest(t, "both", "v1", ocispec.MediaTypeImageManifest, []byte(`{"schemaVersion":2,"config":{},"manifests":[]}`))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	listener.Close()
	secure := NewTLSRegistry(t)

	for _, tc := range []struct {
		name, image string
		reason      registry.Reason
		text        string
	}{
		{"unknown repository", r.Host + "/nope:v1", registry.NotFound, "NAME_UNKNOWN"},
		{"unknown tag", r.Host + "/known:v9", registry.NotFound, "MANIFEST_UNKNOWN"},
		{"unknown digest", r.Host + "/known@" + digest.FromString("x").String(), registry.NotFound, "no such image"},
		{"other platforms", r.Host + "/foreign:v1", registry.Platform, "it has linux/mips64, linux/s390x, this machine is linux/" + runtime.GOARCH},
		{"no image", r.Host + "/chart:v1", registry.Unsupported, "helm"},
		{"schema 1", r.Host + "/old:v1", registry.Unsupported, "schema version 1"},
		{"manifest and index", r.Host + "/both:v1", registry.Unsupported, "index as well"},
		{"nobody listens", closed + "/x:v1", registry.Unreachable, "refused"},
		{"no such host", "registry.invalid/x:v1", registry.NoSuchHost, "no address"},
		{"untrusted certificate", secure.Host + "/x:v1", registry.TLS, "caFile"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := pull(t, client(t, ""), tc.image, nil)
			expect(t, err, tc.reason, tc.text)
		})
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ref, err := registry.ParseReference("127.0.0.1:1/x")
	if err != nil {
		t.Fatal(err)
	}
	_, err = client(t, "").Resolve(ctx, ref, nil, registry.Machine())
	expect(t, err, registry.Canceled)
}

func TestTrust(t *testing.T) {
	r := NewTLSRegistry(t)
	name := r.Push(t, "a", "v1", simple(t))
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"skipVerify: true", "caFile: " + ca} {
		config := fmt.Sprintf("registries:\n  %s:\n    %s\n", r.Host, setting)
		if _, err := pull(t, client(t, config), name, nil); err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
	_, err := pull(t, client(t, fmt.Sprintf("registries:\n  %s:\n    caFile: /no/such/file\n", r.Host)), name, nil)
	expect(t, err, registry.Config, "/no/such/file")
}

func TestMirrors(t *testing.T) {
	origin, mirror, dead := NewRegistry(t), NewRegistry(t), NewRegistry(t)
	dead.Close()
	image := simple(t)
	mirror.Push(t, "hub/team/a", "v1", image)
	name := origin.Push(t, "team/b", "v1", image)

	config := fmt.Sprintf("registries:\n  %s:\n    mirrors: [%s, http://%s/hub/]\n", origin.Host, dead.Host, mirror.Host)
	if _, err := pull(t, client(t, config), origin.Host+"/team/a:v1", nil); err != nil {
		t.Errorf("from the mirror: %v", err)
	}
	if n := origin.Count("team/a"); n != 0 {
		t.Errorf("the registry itself was asked %d times", n)
	}
	if _, err := pull(t, client(t, config), name, nil); err != nil {
		t.Errorf("past the mirrors: %v", err)
	}
	_, err := pull(t, client(t, config), origin.Host+"/team/c:v1", nil)
	expect(t, err, registry.NotFound, "mirror "+dead.Host, "mirror "+mirror.Host)

	only := fmt.Sprintf("registries:\n  '*':\n    mirrors: [%s/hub]\n    mirrorsOnly: true\n", mirror.Host)
	_, err = pull(t, client(t, only), name, nil)
	expect(t, err, registry.NotFound, mirror.Host)

	// A blob that the mirror lost comes from the registry itself.
	origin.Push(t, "team/a", "v1", image)
	mirror.Hook(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	if _, err := pull(t, client(t, config), origin.Host+"/team/a:v1", nil); err != nil {
		t.Errorf("blobs from the registry itself: %v", err)
	}
}

func TestConfigErrors(t *testing.T) {
	for config, text := range map[string]string{
		"registries: [":                                             "registries.yaml",
		"registries:\n  a.b:\n    miror: []\n":                      "miror",
		"registries:\n  http://a.b:\n    plainHTTP: true\n":         "host or host:port",
		"registries:\n  a.b:\n    mirrors: ['http://']\n":           "mirror",
		"registries:\n  a.b:\n    plainHTTP: true\n    caFile: x\n": "plainHTTP",
		"registries:\n  a.b:\n    mirrorsOnly: true\n":              "mirrorsOnly",
	} {
		_, err := pull(t, client(t, config), "127.0.0.1:1/x", nil)
		expect(t, err, registry.Config, text)
	}
}

// basic lets in who knows the password.
func basic(r *Registry, user, password string) {
	r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
		if u, p, ok := request.BasicAuth(); ok && u == user && p == password {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
}

func TestBasicAuth(t *testing.T) {
	r := NewRegistry(t)
	name := r.Push(t, "private", "v1", simple(t))
	basic(r, "me", "secret:with:colons")
	encoded := base64.StdEncoding.EncodeToString([]byte("me:secret:with:colons"))
	for _, c := range []registry.Credentials{
		{Username: "me", Password: "secret:with:colons"}, {Auth: encoded}, {Auth: encoded, Server: "https://" + r.Host + "/v2/"},
	} {
		if _, err := pull(t, client(t, ""), name, &c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []*registry.Credentials{nil, {Username: "me", Password: "wrong"}, {Auth: encoded, Server: "elsewhere.example.com"}} {
		_, err := pull(t, client(t, ""), name, c)
		expect(t, err, registry.Unauthorized, "credentials")
	}
	_, err := pull(t, client(t, ""), name, &registry.Credentials{Auth: "!!"})
	expect(t, err, registry.Config, "base64")
	config := fmt.Sprintf("registries:\n  %s:\n    username: me\n    password: secret:with:colons\n", r.Host)
	if _, err := pull(t, client(t, config), name, nil); err != nil {
		t.Errorf("from the file: %v", err)
	}
}

func TestCredentialsStayHome(t *testing.T) {
	origin, mirror := NewRegistry(t), NewRegistry(t)
	mirror.Push(t, "a", "v1", simple(t))
	basic(mirror, "me", "secret")
	config := fmt.Sprintf("registries:\n  %s:\n    mirrors: [%s]\n", origin.Host, mirror.Host)
	_, err := pull(t, client(t, config), origin.Host+"/a:v1", &registry.Credentials{Username: "me", Password: "secret"})
	expect(t, err, registry.NotFound, "mirror "+mirror.Host)
}

func TestBearerAuth(t *testing.T) {
	r := NewRegistry(t)
	name := r.Push(t, "private", "v1", simple(t))
	issued := 0
	tokens := func(w http.ResponseWriter, request *http.Request) {
		if u, p, _ := request.BasicAuth(); u != "me" || p != "secret" || request.URL.Query().Get("scope") != "repository:private:pull" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		issued++
		fmt.Fprintf(w, `{"token":"t%d"}`, issued)
	}
	r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
		if request.URL.Path == "/token" {
			tokens(w, request)
			return true
		}
		// The first token runs out before the first blob.
		token := request.Header.Get("Authorization")
		if token == "Bearer t2" || token == "Bearer t1" && !strings.Contains(request.URL.Path, "/blobs/") {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+r.URL+`/token",service="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	if _, err := pull(t, client(t, ""), name, &registry.Credentials{Username: "me", Password: "secret"}); err != nil {
		t.Error(err)
	}
	_, err := pull(t, client(t, ""), name, &registry.Credentials{Username: "me", Password: "wrong"})
	expect(t, err, registry.Unauthorized)
}

// faulty answers GETs of blobs or manifests in a given way until it has done so often enough.
func faulty(r *Registry, part string, times int, answer func(w http.ResponseWriter, request *http.Request)) {
	left := make(chan struct{}, times)
	for range times {
		left <- struct{}{}
	}
	r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
		if !strings.Contains(request.URL.Path, part) {
			return false
		}
		select {
		case <-left:
			answer(w, request)
			return true
		default:
			return false
		}
	})
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusServiceUnavailable)
}

func TestRetries(t *testing.T) {
	image := simple(t)
	r := NewRegistry(t)
	name := r.Push(t, "a", "v1", image)
	// half breaks the connection in the middle of the body; respecting Range, so what is left shrinks.
	half := func(w http.ResponseWriter, request *http.Request) {
		recorder := httptest.NewRecorder()
		r.Plain(recorder, request)
		for k, v := range recorder.Header() {
			w.Header()[k] = v
		}
		w.Header().Set("Content-Length", strconv.Itoa(recorder.Body.Len()))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes()[:recorder.Body.Len()/2])
		panic(http.ErrAbortHandler)
	}
	// deaf breaks as well and ignores Range.
	deaf := func(w http.ResponseWriter, request *http.Request) {
		request.Header.Del("Range")
		half(w, request)
	}
	corrupt := func(w http.ResponseWriter, request *http.Request) {
		recorder := httptest.NewRecorder()
		r.Plain(recorder, request)
		_, _ = w.Write(bytes.Repeat([]byte("x"), recorder.Body.Len()))
	}
	longer := func(w http.ResponseWriter, request *http.Request) {
		recorder := httptest.NewRecorder()
		r.Plain(recorder, request)
		_, _ = w.Write(append(recorder.Body.Bytes(), "more"...))
	}
	shorter := func(w http.ResponseWriter, request *http.Request) {
		recorder := httptest.NewRecorder()
		r.Plain(recorder, request)
		_, _ = w.Write(recorder.Body.Bytes()[:recorder.Body.Len()-1])
	}
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	limited := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }
	blob := "/blobs/" + image.Manifest.Layers[0].Digest.String()
	for _, tc := range []struct {
		name, part string
		times      int
		answer     func(http.ResponseWriter, *http.Request)
		want       registry.Reason // "" is success
	}{
		{"manifest unavailable, then not", "/manifests/", 4, unavailable, ""},
		{"manifest never available", "/manifests/", 5, unavailable, registry.Unavailable},
		{"manifest refused for now, always", "/manifests/", 5, limited, registry.TooMany},
		{"blob unavailable, then not", blob, 4, unavailable, ""},
		{"blob connections dropped", blob, 4, drop, ""},
		{"blob broken in the middle", blob, 4, half, ""},
		{"blob broken without resumption", blob, 4, deaf, ""},
		{"blob always broken", blob, 1000, half, registry.Unreachable},
		{"blob cut short politely", blob, 3, shorter, ""},
		{"blob corrupt once", blob, 1, corrupt, ""},
		{"blob corrupt always", blob, 1000, corrupt, registry.Corrupt},
		{"blob too long once", blob, 1, longer, ""},
		{"blob too long always", blob, 1000, longer, registry.Corrupt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			faulty(r, tc.part, tc.times, tc.answer)
			_, err := pull(t, client(t, ""), name, nil)
			if tc.want != "" {
				expect(t, err, tc.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWrongManifestDigest(t *testing.T) {
	r := NewRegistry(t)
	image := simple(t)
	r.Push(t, "a", "v1", image)
	r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
		if !strings.Contains(request.URL.Path, "/manifests/") {
			return false
		}
		_, _ = io.WriteString(w, `{"schemaVersion":2,"config":{"digest":"`+digest.FromString("x").String()+`"},"layers":[]}`)
		return true
	})
	_, err := pull(t, client(t, ""), r.Host+"/a@"+image.Descriptor.Digest.String(), nil)
	expect(t, err, registry.Corrupt, image.Descriptor.Digest.String())
}

func TestStalledRegistry(t *testing.T) {
	r := NewRegistry(t)
	image := simple(t)
	name := r.Push(t, "a", "v1", image)
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	c := registry.New(registry.Options{Retry: backoff.Policy{First: time.Nanosecond}, Stall: 50 * time.Millisecond, Attempts: 2})
	for _, part := range []string{"/v2/", "/manifests/", "/blobs/"} {
		r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
			if !strings.HasSuffix(request.URL.Path, part) && (part == "/v2/" || !strings.Contains(request.URL.Path, part)) {
				return false
			}
			if part == "/blobs/" {
				w.Header().Set("Content-Length", "100")
				w.WriteHeader(http.StatusOK)
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
			}
			select {
			case <-request.Context().Done():
			case <-ended:
			}
			return true
		})
		_, err := pull(t, c, name, nil)
		expect(t, err, registry.Timeout, "stopped sending")
	}
}

// TestPlainHTTPIsForLoopbackOnly pretends, by a proxy, to be a registry elsewhere.
func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	r := NewRegistry(t)
	image := simple(t)
	r.Push(t, "a", "v1", image)
	r.Hook(func(w http.ResponseWriter, request *http.Request) bool {
		if !strings.Contains(request.URL.Path, "/blobs/") {
			return false
		}
		http.Redirect(w, request, "http://storage.invalid/x", http.StatusTemporaryRedirect)
		return true
	})
	_, err := pull(t, client(t, ""), r.Host+"/a:v1", nil)
	expect(t, err, registry.TLS, "plain HTTP is not allowed")
}
