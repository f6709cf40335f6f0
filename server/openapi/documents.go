package openapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"sync"
)

// Options say what a server serves. Each function is asked once, on the first request, and may be called concurrently.
type Options struct {
	// Resource says whether a resource or subresource is served, by its name in discovery: "pods", "pods/log". Nil means
	// that all are. A group version none of whose resources is served has no document.
	Resource func(group, version, resource string) bool
	// Path says whether a path that belongs to no group is served: "/version", "/openid/v1/jwks",
	// "/.well-known/openid-configuration". Nil means that all are.
	Path func(path string) bool
}

// Documents are the OpenAPI documents of one server. As an [http.Handler] it answers everything under /openapi/.
type Documents struct {
	builtin func() map[string]*entry // by path; the v2 document under v2Path

	mu      sync.RWMutex
	custom  map[string]*entry // by path
	changes int               // of custom, ever
	index   *index            // of that many changes; nil when it has to be made again
}

// New makes the documents of a server. It does no work that grows with them.
func New(options Options) *Documents {
	return &Documents{
		builtin: sync.OnceValue(func() map[string]*entry { return served(options) }),
		custom:  map[string]*entry{},
	}
}

// Set serves a document that was not known when the program was built, a custom resource's, under its group version
// ("stable.example.com/v1"). It is OpenAPI v3 in JSON. The function is called at most once, when a client first asks for
// the index or for this document, possibly while others' are called; what it returns is not kept, only a compressed copy.
// Setting again replaces. The v2 document does not change.
func (d *Documents) Set(groupVersion string, document func() ([]byte, error)) {
	e := newEntry(document)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.custom["apis/"+groupVersion] = e
	d.index, d.changes = nil, d.changes+1
}

// Remove stops serving what was set for the group version.
func (d *Documents) Remove(groupVersion string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.custom, "apis/"+groupVersion)
	d.index, d.changes = nil, d.changes+1
}

// document finds what is served under a path; nil is nothing.
func (d *Documents) document(path string) *entry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if e := d.custom[path]; e != nil {
		return e
	}
	return d.builtin()[path]
}

// index is the reply to /openapi/v3.
type index struct {
	json []byte
	hash string
}

// currentIndex makes the index when something has changed since it was last asked for. A document that cannot be made is
// left out.
func (d *Documents) currentIndex() (*index, error) {
	d.mu.RLock()
	ready, custom, changes := d.index, maps.Clone(d.custom), d.changes
	d.mu.RUnlock()
	if ready != nil {
		return ready, nil
	}
	// Custom documents may have to be made for it, which must not hold up the others.
	made, err := newIndex(d.builtin(), custom)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changes == changes {
		d.index = made
	}
	return made, nil
}

func newIndex(sets ...map[string]*entry) (*index, error) {
	type location struct {
		URL string `json:"serverRelativeURL"`
	}
	paths := map[string]location{}
	for _, documents := range sets {
		for path, e := range documents {
			if path == v2Path {
				continue
			}
			hash, err := e.hash()
			if err != nil {
				slog.Error("An OpenAPI document cannot be made and is not served", "path", path, "error", err)
				continue
			}
			paths[path] = location{URL: hashedURL(path, hash)}
		}
	}
	data, err := json.Marshal(map[string]any{"paths": paths})
	if err != nil {
		return nil, fmt.Errorf("encoding the index of OpenAPI documents: %w", err)
	}
	return &index{json: data, hash: hashOf(data)}, nil
}

// hashedURL is where a document may be read and cached for ever.
func hashedURL(path, hash string) string {
	u := url.URL{Path: "/openapi/v3/" + path, RawQuery: url.Values{"hash": {hash}}.Encode()}
	return u.String()
}

// served makes the entries of the built-in documents, less what is not served.
func served(options Options) map[string]*entry {
	c := newCut(options)
	out := make(map[string]*entry, len(builtin))
	for i := range builtin {
		s := &builtin[i]
		if missing, serve := c.missing(s); serve {
			out[s.path] = s.entry(c, missing)
		}
	}
	return out
}

// v2Path is the name under which the v2 document is stored among the others.
const v2Path = "v2"

// isGroup is true for the document of a group's own discovery path, and gives the group.
func isGroup(path string) (group string, ok bool) {
	group, ok = strings.CutPrefix(path, "apis/")
	return group, ok && !strings.Contains(group, "/")
}
