package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/resource"
)

// writeEntry writes a stored object from its kept encoding.
func writeEntry(w http.ResponseWriter, r *http.Request, code int, out output, t resource.Target, e *cache.Entry) error {
	raw, err := t.Bytes(e, out.format())
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if out.protobuf() {
		return writeBytes(w, r, code, resource.MediaProtobuf, resource.Envelope(t.GVK(), raw))
	}
	return writeRawJSON(w, r, code, out, raw, t.GVK())
}

// listMeta is what a list says of itself.
type listMeta struct {
	version   string
	cont      string
	remaining *int64
}

func (m listMeta) api() metav1.ListMeta {
	return metav1.ListMeta{ResourceVersion: m.version, Continue: m.cont, RemainingItemCount: m.remaining}
}

// writeList strings the kept encodings of a list's entries together. Nothing of it is held in memory as a whole.
func writeList(w http.ResponseWriter, r *http.Request, out output, t resource.Target, entries []*cache.Entry, meta listMeta) error {
	gvk := t.GVK()
	gvk.Kind += "List"
	parts := make([][]byte, len(entries))
	size := 0
	for i, e := range entries {
		raw, err := t.Bytes(e, out.format())
		if err != nil {
			return apierrors.NewInternalError(err)
		}
		parts[i] = raw
		size += len(raw)
	}
	api := meta.api()
	if out.protobuf() {
		head, err := api.Marshal()
		if err != nil {
			return apierrors.NewInternalError(err)
		}
		return streamProtobufList(w, r, gvk, head, parts)
	}
	head, err := listHead(gvk, api, t.Resource.Custom())
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if out.media == resource.MediaJSON && out.pretty {
		return streamIndented(w, r, head, parts, size)
	}
	if out.media == resource.MediaYAML {
		whole := make([]byte, 0, len(head)+size+len(parts)+16)
		whole = append(whole, head...)
		for i, p := range parts {
			if i > 0 {
				whole = append(whole, ',')
			}
			whole = append(whole, p...)
		}
		return writeRawJSON(w, r, http.StatusOK, out, append(whole, "]}"...), gvk)
	}
	stream := beginStream(w, r, http.StatusOK, resource.MediaJSON, len(head)+size+max(0, len(parts)-1)+len("]}\n"))
	defer stream.end()
	stream.write(head)
	for i, p := range parts {
		if i > 0 {
			stream.writeByte(',')
		}
		stream.write(p)
	}
	stream.writeString("]}\n")
	return nil
}

// streamIndented writes a list as people read it, item by item. head ends where the first one begins.
func streamIndented(w http.ResponseWriter, r *http.Request, head []byte, parts [][]byte, size int) error {
	const prefix, indent = "    ", "  " // items are two levels deep
	var b bytes.Buffer
	if err := json.Indent(&b, append(head, "]}"...), "", indent); err != nil {
		return apierrors.NewInternalError(err)
	}
	stream := beginUnsized(w, r, http.StatusOK, resource.MediaJSON, b.Len()+size)
	defer stream.end()
	if len(parts) == 0 {
		stream.write(b.Bytes())
		stream.writeByte('\n')
		return nil
	}
	stream.write(bytes.TrimSuffix(b.Bytes(), []byte("]\n}")))
	separator := "\n" + prefix
	for _, p := range parts {
		b.Reset()
		if err := json.Indent(&b, p, prefix, indent); err != nil {
			panic(http.ErrAbortHandler) // never, it was encoded here
		}
		stream.writeString(separator)
		stream.write(b.Bytes())
		separator = ",\n" + prefix
	}
	stream.writeString("\n" + indent + "]\n}\n")
	return nil
}

func streamProtobufList(w http.ResponseWriter, r *http.Request, gvk schema.GroupVersionKind, head []byte, parts [][]byte) error {
	const metadataField, itemsField = 1<<3 | 2, 2<<3 | 2 // both are length-delimited, in every list of the API
	size := 1 + varintSize(len(head)) + len(head)
	for _, p := range parts {
		size += 1 + varintSize(len(p)) + len(p)
	}
	before, after := resource.EnvelopeAround(gvk, size)
	stream := beginStream(w, r, http.StatusOK, resource.MediaProtobuf, len(before)+size+len(after))
	defer stream.end()
	stream.write(before)
	stream.writeByte(metadataField)
	stream.writeVarint(len(head))
	stream.write(head)
	for _, p := range parts {
		stream.writeByte(itemsField)
		stream.writeVarint(len(p))
		stream.write(p)
	}
	stream.write(after)
	return nil
}

// listHead begins a list. Lists of custom resources say that they do not go on, others leave it out.
func listHead(gvk schema.GroupVersionKind, meta metav1.ListMeta, custom bool) ([]byte, error) {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	head := append([]byte(nil), `{"kind":"`+kind+`","apiVersion":"`+apiVersion+`","metadata":{`...)
	sep := ""
	if meta.ResourceVersion != "" {
		head = append(head, `"resourceVersion":"`+meta.ResourceVersion+`"`...)
		sep = ","
	}
	if meta.Continue != "" || custom {
		head = append(head, sep+`"continue":"`+meta.Continue+`"`...) // base64: nothing to escape
	}
	if meta.RemainingItemCount != nil {
		head = append(head, `,"remainingItemCount":`...)
		head = strconv.AppendInt(head, *meta.RemainingItemCount, 10)
	}
	return append(head, `},"items":[`...), nil
}
