package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

var statusKind = schema.GroupVersionKind{Version: "v1", Kind: "Status"}

// result writes the answer to a request about one object. Warnings are told however it ended.
func (s *Server) result(w http.ResponseWriter, r *http.Request, t resource.Target, out output, res resource.Result, err error) error {
	addWarnings(w, res.Warnings)
	if err != nil {
		return err
	}
	code := http.StatusOK
	switch {
	case res.Created:
		code = http.StatusCreated
	case res.Accepted:
		code = http.StatusAccepted
	}
	switch {
	case res.Status != nil:
		return writeObject(w, r, code, out.plain(), statusKind, res.Status)
	case res.Entry != nil && out.as == "":
		return writeEntry(w, r, code, out, t, res.Entry)
	case out.as != "":
		obj := res.Object
		if res.Entry != nil {
			if obj, err = t.Convert(res.Entry.Object); err != nil {
				return apierrors.NewInternalError(err)
			}
		}
		o, ok := obj.(kinds.Object)
		if !ok {
			return notAcceptable(media)
		}
		return s.writeShape(w, r, code, out, t, []kinds.Object{o}, listMeta{version: o.GetResourceVersion()}, false)
	}
	return writeObject(w, r, code, out, t.AnswerGVK(), res.Object)
}

// WriteObject writes an object that a Connector answers with, in the form that the client asks for.
func WriteObject(w http.ResponseWriter, r *http.Request, code int, gvk schema.GroupVersionKind, obj runtime.Object, warnings ...string) error {
	out, err := negotiate(r, offer{})
	if err != nil {
		return err
	}
	addWarnings(w, warnings)
	return writeObject(w, r, code, out, gvk, obj)
}

// plain is the output without a shape: errors and statuses have none.
func (o output) plain() output { o.as = ""; return o }

// writeObject encodes an object that is not kept encoded anywhere.
func writeObject(w http.ResponseWriter, r *http.Request, code int, out output, gvk schema.GroupVersionKind, obj runtime.Object) error {
	if out.protobuf() {
		if m, ok := obj.(interface{ Marshal() ([]byte, error) }); ok {
			raw, err := m.Marshal()
			if err != nil {
				return apierrors.NewInternalError(err)
			}
			return writeBytes(w, r, code, resource.MediaProtobuf, resource.Envelope(gvk, raw))
		}
	}
	raw, err := json.Marshal(obj)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	return writeRawJSON(w, r, code, out, raw, gvk)
}

// writeRawJSON writes an object's JSON, with kind and apiVersion put in front where they are missing, as JSON or YAML.
func writeRawJSON(w http.ResponseWriter, r *http.Request, code int, out output, raw []byte, gvk schema.GroupVersionKind) error {
	if !bytes.HasPrefix(raw, []byte(`{"kind":`)) && !bytes.HasPrefix(raw, []byte(`{"apiVersion":`)) {
		raw = resource.WithTypeMeta(raw, gvk)
	}
	if out.media == resource.MediaYAML {
		text, err := yaml.JSONToYAML(raw)
		if err != nil {
			return apierrors.NewInternalError(err)
		}
		return writeBytes(w, r, code, resource.MediaYAML, text)
	}
	return writeBytes(w, r, code, resource.MediaJSON, finishJSON(raw, out.pretty))
}

// finishJSON ends a document with a newline, as upstream does, and indents it where that is wanted.
func finishJSON(raw []byte, pretty bool) []byte {
	if !pretty {
		return append(raw[:len(raw):len(raw)], '\n')
	}
	var b bytes.Buffer
	b.Grow(len(raw) * 3 / 2)
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return append(raw[:len(raw):len(raw)], '\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// gzipFrom is the size above which an answer is compressed for who takes it; smaller ones cost more than they save.
const gzipFrom = 128 << 10

var gzipWriters = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

func takesGzip(r *http.Request) bool {
	for _, e := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		if name, _, _ := strings.Cut(strings.TrimSpace(e), ";"); name == "gzip" {
			return true
		}
	}
	return false
}

func writeBytes(w http.ResponseWriter, r *http.Request, code int, media string, data []byte) error {
	if len(data) > streamBuffer {
		answer := beginStream(w, r, code, media, len(data))
		answer.write(data)
		answer.end()
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-cache, private")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(code)
	_, _ = w.Write(data) // the client may be gone; there is nobody to tell
	return nil
}

// writeRaw writes what is not an API object, indented and in JSON whatever the client takes.
func writeRaw(w http.ResponseWriter, r *http.Request, code int, v any) {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = writeBytes(w, r, code, resource.MediaJSON, raw)
}

// writeError writes an error as a Status.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	// What is no API error is told as it is, with a code and no reason, as upstream does.
	status := metav1.Status{Code: http.StatusInternalServerError, Message: err.Error()}
	var api apierrors.APIStatus
	if errors.As(err, &api) {
		status = api.Status()
	}
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(status.Details.RetryAfterSeconds)))
	}
	if status.Code == 0 {
		status.Code = http.StatusInternalServerError
	}
	status.Status = metav1.StatusFailure
	out, negotiateErr := negotiate(r, offer{})
	if negotiateErr != nil {
		// The client takes nothing that an error can be written in; it is told all the same.
		status.TypeMeta = metav1.TypeMeta{Kind: statusKind.Kind, APIVersion: statusKind.Version}
		writeRaw(w, r, int(status.Code), &status)
		return
	}
	if err := writeObject(w, r, int(status.Code), out, statusKind, &status); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

const (
	// warningsTotal is how many bytes of warnings one answer carries; where there would be more, each is cut to warningsEach.
	warningsTotal = 4 << 10
	warningsEach  = 256
)

// addWarnings adds each text once, as far as there is room.
func addWarnings(w http.ResponseWriter, texts []string) {
	if len(texts) == 0 {
		return
	}
	total := 0
	for _, text := range texts {
		total += len(text)
	}
	limit, seen, written := total, map[string]bool{}, 0
	if total > warningsTotal {
		limit = warningsEach
	}
	for _, text := range texts {
		if text == "" || seen[text] {
			continue
		}
		seen[text] = true
		text = cut(text, limit)
		if written += len(text); written > warningsTotal {
			return
		}
		addWarning(w, text)
	}
}

// cut shortens a text without breaking a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// addWarning adds a warning header; RFC 7234's form, as kubectl reads it.
func addWarning(w http.ResponseWriter, text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	w.Header().Add("Warning", `299 - "`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)+`"`)
}
