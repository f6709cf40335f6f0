package openapi

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/munnerz/goautoneg"
)

const (
	mediaJSON = "application/json"
	// The protobuf forms have two spellings each: clients of before and after "@" was dropped from media types.
	mediaV2    = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
	mediaV2Old = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
	mediaV3    = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"
	mediaV3Old = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf"
)

// yearly is how long a document found by its hash may be kept: in effect, for ever.
const yearly = 365 * 24 * time.Hour

// form is a media type that a document can be asked for in, and the one that the reply then names.
type form struct {
	accepted, replied string
	body              func(*entry) (body, error)
}

var (
	formsV2 = []form{
		{mediaJSON, mediaJSON, jsonBody},
		{mediaV2, mediaV2, protobufBody},
		{mediaV2Old, mediaV2, protobufBody},
	}
	formsV3 = []form{
		{mediaJSON, mediaJSON, jsonBody},
		{mediaV3, mediaV3, protobufBody},
		{mediaV3Old, mediaV3, protobufBody},
	}
)

func jsonBody(e *entry) (body, error)     { return e.json() }
func protobufBody(e *entry) (body, error) { return e.protobuf() }

// ServeHTTP answers /openapi/v2, /openapi/v3 and what is under that.
func (d *Documents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/openapi/v2":
		serve(w, r, d.document(v2Path), formsV2, "")
	case "/openapi/v3":
		d.serveIndex(w, r)
	default:
		path, ok := strings.CutPrefix(r.URL.Path, "/openapi/v3/")
		e := d.document(path)
		if !ok || e == nil || path == v2Path {
			http.NotFound(w, r)
			return
		}
		serve(w, r, e, formsV3, path)
	}
}

// serveIndex answers with the list of v3 documents. Kubernetes labels it as text, and so do we.
func (d *Documents) serveIndex(w http.ResponseWriter, r *http.Request) {
	i, err := d.currentIndex()
	if err != nil {
		fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if notModified(w, r, i.hash) {
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(i.json)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(i.json) // the client has gone; there is nobody to tell
	}
}

// serve answers with one document. A request for a v3 document, which has a path, may name a hash: the right one makes the
// reply cacheable for ever, another one leads to the right one.
func serve(w http.ResponseWriter, r *http.Request, e *entry, forms []form, path string) {
	h := w.Header()
	h.Add("Vary", "Accept")
	h.Add("Vary", "Accept-Encoding")
	f := choose(forms, r.Header.Get("Accept"))
	if f == nil {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	hash, err := e.hash()
	if err != nil {
		fail(w, r, err)
		return
	}
	if asked := r.URL.Query().Get("hash"); asked != "" && path != "" {
		if asked != hash {
			http.Redirect(w, r, hashedURL(path, hash), http.StatusMovedPermanently)
			return
		}
		h.Set("Cache-Control", "public, immutable")
		h.Set("Expires", time.Now().Add(yearly).UTC().Format(http.TimeFormat))
	}
	h.Set("Content-Type", f.replied)
	if notModified(w, r, hash) {
		return
	}
	b, err := f.body(e)
	if err != nil {
		fail(w, r, err)
		return
	}
	send(w, r, b)
}

// send writes a body, compressed as it is kept when the client accepts that.
func send(w http.ResponseWriter, r *http.Request, b body) {
	h := w.Header()
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(b.gzip)))
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, b.gzip) // the client has gone; there is nobody to tell
		}
		return
	}
	inflated, err := b.reader()
	if err != nil {
		fail(w, r, err)
		return
	}
	h.Set("Content-Length", strconv.FormatInt(b.size, 10))
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, inflated)
	}
}

// notModified sets the ETag and, when the client has that version, ends the request with 304.
func notModified(w http.ResponseWriter, r *http.Request, hash string) bool {
	tag := strconv.Quote(hash)
	w.Header().Set("Etag", tag)
	for header := range strings.SplitSeq(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		if candidate := strings.TrimSpace(header); candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			w.Header().Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// choose picks the form that the client prefers; nil is none. No Accept header accepts everything.
func choose(forms []form, accept string) *form {
	if accept == "" {
		return &forms[0]
	}
	for _, clause := range goautoneg.ParseAccept(accept) {
		for i := range forms {
			mainType, subType, _ := strings.Cut(forms[i].accepted, "/")
			if (clause.Type == "*" || clause.Type == mainType) && (clause.SubType == "*" || clause.SubType == subType) {
				return &forms[i]
			}
		}
	}
	return nil
}

// acceptsGzip reads Accept-Encoding headers, of which only gzip and its refusal matter here.
func acceptsGzip(headers []string) bool {
	for _, header := range headers {
		for coding := range strings.SplitSeq(header, ",") {
			name, quality, _ := strings.Cut(coding, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			_, q, given := strings.Cut(quality, "=")
			value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && value > 0
		}
	}
	return false
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.Error("An OpenAPI document cannot be served", "path", r.URL.Path, "error", err)
	http.Error(w, "the OpenAPI document cannot be made: "+err.Error(), http.StatusInternalServerError)
}
