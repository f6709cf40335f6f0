package imagetest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Registry is a registry on the loopback interface.
type Registry struct {
	*httptest.Server
	// Host is what image names begin with.
	Host string

	plain http.Handler
	mu    sync.Mutex
	hook  func(w http.ResponseWriter, r *http.Request) bool
	count map[string]int
}

// NewRegistry starts a registry that speaks plain HTTP.
func NewRegistry(t testing.TB) *Registry { return newRegistry(t, false) }

// NewTLSRegistry starts a registry with a certificate that nobody trusts.
func NewTLSRegistry(t testing.TB) *Registry { return newRegistry(t, true) }

func newRegistry(t testing.TB, secure bool) *Registry {
	r := &Registry{plain: registry.New(registry.Logger(log.New(io.Discard, "", 0))), count: map[string]int{}}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes are the test's own
	if secure {
		r.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		r.StartTLS()
	} else {
		r.Start()
	}
	t.Cleanup(r.Close)
	_, r.Host, _ = strings.Cut(r.URL, "://")
	return r
}

// Hook sees each request before the registry does and returns true if it answered itself. nil takes it away.
func (r *Registry) Hook(hook func(w http.ResponseWriter, r *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

// Count tells how many GET requests had this text in their path.
func (r *Registry) Count(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for path, count := range r.count {
		if strings.Contains(path, text) {
			n += count
		}
	}
	return n
}

// Plain serves a request without the hook.
func (r *Registry) Plain(w http.ResponseWriter, request *http.Request) { r.plain.ServeHTTP(w, request) }

func (r *Registry) serve(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	hook := r.hook
	if request.Method == http.MethodGet {
		r.count[request.URL.Path]++
	}
	r.mu.Unlock()
	if hook != nil && hook(w, request) {
		return
	}
	r.Plain(w, request)
}

// Push stores an image under REPOSITORY:TAG, without asking the hook, and returns its full name.
func (r *Registry) Push(t testing.TB, repository, tag string, image Image) string {
	t.Helper()
	r.PushBlobs(t, repository, image.Blobs)
	r.PushManifest(t, repository, tag, image.Descriptor.MediaType, image.Raw)
	return r.Host + "/" + repository + ":" + tag
}

// PushIndex stores images under an index.
func (r *Registry) PushIndex(t testing.TB, repository, tag string, images ...Image) string {
	t.Helper()
	for _, i := range images {
		r.PushBlobs(t, repository, i.Blobs)
		r.PushManifest(t, repository, i.Descriptor.Digest.String(), i.Descriptor.MediaType, i.Raw)
	}
	r.PushManifest(t, repository, tag, ocispec.MediaTypeImageIndex, Index(t, images...))
	return r.Host + "/" + repository + ":" + tag
}

// PushBlobs stores blobs.
func (r *Registry) PushBlobs(t testing.TB, repository string, blobs map[digest.Digest][]byte) {
	t.Helper()
	for d, data := range blobs {
		r.put(t, http.MethodPost, fmt.Sprintf("/v2/%s/blobs/uploads/?digest=%s", repository, d), "application/octet-stream", data)
	}
}

// PushManifest stores a manifest or an index as it is.
func (r *Registry) PushManifest(t testing.TB, repository, version, mediaType string, raw []byte) {
	t.Helper()
	r.put(t, http.MethodPut, fmt.Sprintf("/v2/%s/manifests/%s", repository, version), mediaType, raw)
}

func (r *Registry) put(t testing.TB, method, path, mediaType string, data []byte) {
	t.Helper()
	request := httptest.NewRequest(method, path, bytes.NewReader(data))
	request.Header.Set("Content-Type", mediaType)
	answer := httptest.NewRecorder()
	r.Plain(answer, request)
	if answer.Code != http.StatusCreated {
		t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
}
