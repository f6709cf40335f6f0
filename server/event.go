package server

import (
	"encoding/binary"
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// eventEncoder appends watch events to a buffer: JSON lines, or length-prefixed protobuf messages. Objects come from the encodings that the
// cache keeps, so that an event is encoded once, however many watch it.
type eventEncoder struct {
	out    output
	target resource.Target
	view   tableView
}

func newEventEncoder(r *http.Request, out output, t resource.Target) (*eventEncoder, error) {
	e := &eventEncoder{out: out, target: t, view: tableView{version: out.version, columns: true}}
	switch out.as {
	case shapeTable:
		var err error
		e.view.include, err = includeObject(r)
		return e, err
	case shapePartialList:
		return nil, wrongShape(out.as, t, false)
	}
	return e, nil
}

func (e *eventEncoder) contentType() string {
	if e.out.protobuf() {
		return resource.MediaProtobuf + ";stream=watch"
	}
	return resource.MediaJSON
}

func (e *eventEncoder) event(buf []byte, ev resource.Event) ([]byte, error) {
	if e.out.as != "" {
		obj, err := e.target.Convert(ev.Entry.Object)
		if err != nil {
			return buf, err
		}
		return e.shape(buf, ev.Type, obj)
	}
	raw, err := e.target.Bytes(ev.Entry, e.out.format())
	if err != nil {
		return buf, err
	}
	return e.wrap(buf, ev.Type, e.target.GVK(), raw, !e.target.Resource.Custom()), nil
}

// shape appends an event whose object is a table of one row, or metadata alone.
func (e *eventEncoder) shape(buf []byte, kind watch.EventType, obj kinds.Object) ([]byte, error) {
	gvk := schema.GroupVersionKind{Group: metav1.GroupName, Version: e.out.version, Kind: e.out.as}
	var shaped runtime.Object
	if e.out.as == shapeTable {
		rows, err := table(e.target, []kinds.Object{obj}, metav1.ListMeta{ResourceVersion: obj.GetResourceVersion()}, e.view)
		if err != nil {
			return buf, err
		}
		shaped = rows
		e.view.columns = false
	} else {
		shaped = partial(obj, e.out.version)
	}
	return e.object(buf, kind, gvk, shaped)
}

func (e *eventEncoder) bookmark(buf []byte, rev cache.Revision, end bool) ([]byte, error) {
	obj := e.target.NewObject()
	obj.SetResourceVersion(cache.FormatRevision(rev))
	if end {
		obj.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	if e.out.as != "" {
		return e.shape(buf, watch.Bookmark, obj)
	}
	return e.object(buf, watch.Bookmark, e.target.GVK(), obj)
}

func (e *eventEncoder) status(buf []byte, status *metav1.Status) ([]byte, error) {
	return e.object(buf, watch.Error, statusKind, status)
}

func (e *eventEncoder) object(buf []byte, kind watch.EventType, gvk schema.GroupVersionKind, obj runtime.Object) ([]byte, error) {
	if e.out.protobuf() {
		if m, ok := obj.(interface{ Marshal() ([]byte, error) }); ok {
			raw, err := m.Marshal()
			if err != nil {
				return buf, err
			}
			return e.wrap(buf, kind, gvk, raw, true), nil
		}
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	raw, err := json.Marshal(obj)
	if err != nil {
		return buf, err
	}
	if e.out.protobuf() {
		// Tables have no protobuf message; their JSON travels in the envelope.
		return e.wrapProtobuf(buf, kind, resource.JSONEnvelope(gvk, raw)), nil
	}
	return e.wrap(buf, kind, gvk, raw, false), nil
}

// wrap appends one event around an encoded object; bare objects lack kind and apiVersion.
func (e *eventEncoder) wrap(buf []byte, kind watch.EventType, gvk schema.GroupVersionKind, raw []byte, bare bool) []byte {
	if e.out.protobuf() {
		return e.wrapProtobuf(buf, kind, resource.Envelope(gvk, raw))
	}
	buf = append(buf, `{"type":"`...)
	buf = append(buf, kind...)
	buf = append(buf, `","object":`...)
	if bare {
		buf = resource.AppendTypeMeta(buf, raw, gvk)
	} else {
		buf = append(buf, raw...)
	}
	return append(buf, "}\n"...)
}

// wrapProtobuf appends a frame: four bytes of length, then metav1.WatchEvent with its type and the enveloped object.
func (e *eventEncoder) wrapProtobuf(buf []byte, kind watch.EventType, enveloped []byte) []byte {
	const typeField, objectField, rawField = 1<<3 | 2, 2<<3 | 2, 1<<3 | 2
	extension := 1 + varintSize(len(enveloped)) + len(enveloped) // runtime.RawExtension
	size := 1 + varintSize(len(kind)) + len(kind) + 1 + varintSize(extension) + extension
	buf = binary.BigEndian.AppendUint32(buf, uint32(size))
	buf = append(buf, typeField)
	buf = binary.AppendUvarint(buf, uint64(len(kind)))
	buf = append(buf, kind...)
	buf = append(buf, objectField)
	buf = binary.AppendUvarint(buf, uint64(extension))
	buf = append(buf, rawField)
	buf = binary.AppendUvarint(buf, uint64(len(enveloped)))
	return append(buf, enveloped...)
}
