package resource

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"argosy.dev/cache"
	"argosy.dev/kinds"
)

// Media types of bodies and answers.
const (
	MediaJSON     = "application/json"
	MediaYAML     = "application/yaml"
	MediaProtobuf = "application/vnd.kubernetes.protobuf"
)

// Format is how an object is written; with a served version it makes a cache.Form.
type Format uint8

// The formats whose bytes the cache keeps. For built-in kinds FormatJSON is the object without kind and apiVersion, and FormatProtobuf
// the bare message without the envelope: lists need them so, and single answers put the rest in front.
const (
	FormatJSON Format = iota
	FormatProtobuf
	formats
)

// protobufMagic begins every protobuf encoded body and stored value.
var protobufMagic = []byte("k8s\x00")

type version struct {
	gv         schema.GroupVersion
	new        func() kinds.Object
	newList    func() runtime.Object
	fill       func(kinds.Object)
	toStored   func(kinds.Object) (kinds.Object, error)
	fromStored func(kinds.Object) (kinds.Object, error)
	columns    []kinds.Column
	deprecated string
	unknown    func(kinds.Object) []string
}

func versionsOf(k *kinds.Kind) []version {
	list := []version{{gv: k.GVK.GroupVersion(), new: k.New, newList: k.NewList, fill: k.Default, columns: k.Columns, deprecated: k.Deprecated, unknown: k.Unknown}}
	for i := range k.Versions {
		v := &k.Versions[i]
		list = append(list, version{gv: v.GroupVersion(k), new: v.New, newList: v.NewList, fill: v.Default, toStored: v.ToStored, fromStored: v.FromStored, columns: v.Columns, deprecated: v.Deprecated, unknown: v.Unknown})
	}
	return list
}

// Versions names the versions that are served in the resource's group, the stored one first.
func (r *Resource) Versions() []string {
	var names []string
	for i := range r.versions {
		if gv := r.versions[i].gv; gv.Group == r.Kind.GVK.Group {
			names = append(names, gv.Version)
		}
	}
	return names
}

// version finds one of the group's versions; without a name it is the stored one.
func (r *Resource) version(name string) (int, *version) {
	return r.versionOf(schema.GroupVersion{Group: r.Kind.GVK.Group, Version: name})
}

func (r *Resource) versionOf(gv schema.GroupVersion) (int, *version) {
	for i := range r.versions {
		if r.versions[i].gv == gv {
			return i, &r.versions[i]
		}
	}
	return 0, &r.versions[0]
}

// Columns are the table columns of the target's version.
func (t Target) Columns() []kinds.Column {
	_, v := t.Resource.version(t.Version)
	if v.columns == nil {
		return t.Resource.Kind.Columns
	}
	return v.columns
}

// Deprecated is what users of the target's version are warned of.
func (t Target) Deprecated() string {
	_, v := t.Resource.version(t.Version)
	return v.deprecated
}

// NewList makes an empty list in the target's version.
func (t Target) NewList() runtime.Object {
	_, v := t.Resource.version(t.Version)
	return v.newList()
}

// Custom tells that objects carry their kind and apiVersion within, and have no protobuf.
func (r *Resource) Custom() bool {
	_, ok := r.Kind.New().(*unstructured.Unstructured)
	return ok
}

// NewObject makes an empty object in the target's version.
func (t Target) NewObject() kinds.Object {
	_, v := t.Resource.version(t.Version)
	return v.new()
}

// Bytes returns the entry in the target's version, made at most once. Never change them.
func (t Target) Bytes(e *cache.Entry, f Format) ([]byte, error) {
	i, _ := t.Resource.version(t.Version)
	return e.Encoded(cache.Form(i)*cache.Form(formats) + cache.Form(f))
}

// Convert returns a stored object in the target's version: the object itself where that is the stored one.
func (t Target) Convert(obj kinds.Object) (kinds.Object, error) {
	_, v := t.Resource.version(t.Version)
	if v.fromStored == nil {
		return obj, nil
	}
	return v.fromStored(obj)
}

// Restore returns an object in the target's version as it is stored; the columns of tables show it so.
func (t Target) Restore(obj kinds.Object) (kinds.Object, error) {
	_, v := t.Resource.version(t.Version)
	if v.toStored == nil {
		return obj, nil
	}
	return v.toStored(obj)
}

// encode makes the bytes of one form; see Target.Bytes.
func (r *Resource) encode(obj cache.Object, form cache.Form) ([]byte, error) {
	v := &r.versions[int(form)/int(formats)]
	var out runtime.Object = obj
	if v.fromStored != nil {
		converted, err := v.fromStored(obj)
		if err != nil {
			return nil, fmt.Errorf("converting %s to %s: %w", r.Kind.GroupResource(), v.gv, err)
		}
		out = converted
	}
	if Format(form)%formats == FormatProtobuf {
		return marshalProtobuf(out)
	}
	return marshalJSON(out)
}

// marshalJSON writes an object without a newline at its end, and as upstream does, without escaping HTML.
func marshalJSON(obj runtime.Object) ([]byte, error) {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return json.Marshal(u.Object)
	}
	return json.Marshal(obj)
}

type protobufMessage interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

func marshalProtobuf(obj runtime.Object) ([]byte, error) {
	m, ok := obj.(protobufMessage)
	if !ok {
		return nil, fmt.Errorf("%T has no protobuf encoding", obj)
	}
	return m.Marshal()
}

// encodeStored makes the value that the store keeps: upstream's envelope, without resourceVersion.
func (r *Resource) encodeStored(obj kinds.Object) ([]byte, error) {
	if r.Custom() {
		return marshalJSON(obj)
	}
	raw, err := marshalProtobuf(obj)
	if err != nil {
		return nil, err
	}
	return Envelope(r.Stored, raw), nil
}

// Envelope wraps a protobuf message as bodies and stored values carry it.
func Envelope(gvk schema.GroupVersionKind, raw []byte) []byte {
	return envelope(gvk, runtime.Unknown{Raw: raw})
}

// JSONEnvelope wraps an object that has no protobuf message: its JSON travels inside.
func JSONEnvelope(gvk schema.GroupVersionKind, raw []byte) []byte {
	return envelope(gvk, runtime.Unknown{Raw: raw, ContentType: MediaJSON})
}

func envelope(gvk schema.GroupVersionKind, u runtime.Unknown) []byte {
	u.APIVersion, u.Kind = gvk.ToAPIVersionAndKind()
	buf := make([]byte, len(protobufMagic)+u.Size())
	copy(buf, protobufMagic)
	if _, err := u.MarshalTo(buf[len(protobufMagic):]); err != nil {
		panic(fmt.Sprintf("resource: an envelope of known size did not fit: %v", err)) // a broken invariant of the generated code
	}
	return buf
}

func openEnvelope(data []byte) (schema.GroupVersionKind, []byte, error) {
	if !bytes.HasPrefix(data, protobufMagic) {
		return schema.GroupVersionKind{}, nil, errors.New("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
	}
	var u runtime.Unknown
	if err := u.Unmarshal(data[len(protobufMagic):]); err != nil {
		return schema.GroupVersionKind{}, nil, err
	}
	return schema.FromAPIVersionAndKind(u.APIVersion, u.Kind), u.Raw, nil
}

// decodeStored reads a stored value: the envelope, or JSON as custom resources and old clusters have it.
func (r *Resource) decodeStored(value []byte) (cache.Object, error) {
	if !bytes.HasPrefix(value, protobufMagic) {
		obj := r.Kind.New()
		if err := kjson.UnmarshalCaseSensitivePreserveInts(value, obj); err != nil {
			return nil, fmt.Errorf("decoding a stored %s: %w", r.Kind.GVK.Kind, err)
		}
		if !r.Custom() {
			obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
		}
		r.fill(obj)
		return obj, nil
	}
	gvk, raw, err := openEnvelope(value)
	if err != nil {
		return nil, fmt.Errorf("decoding a stored %s: %w", r.Kind.GVK.Kind, err)
	}
	i, v := r.versionOf(gvk.GroupVersion())
	obj := v.new()
	if err := unmarshalProtobuf(raw, obj); err != nil {
		return nil, fmt.Errorf("decoding a stored %s: %w", gvk, err)
	}
	if v.fill != nil {
		v.fill(obj)
	}
	if i != 0 {
		return v.toStored(obj)
	}
	return obj, nil
}

func (r *Resource) fill(obj kinds.Object) {
	if r.Kind.Default != nil {
		r.Kind.Default(obj)
	}
}

func unmarshalProtobuf(raw []byte, obj runtime.Object) error {
	m, ok := obj.(protobufMessage)
	if !ok {
		return fmt.Errorf("%T has no protobuf encoding", obj)
	}
	return m.Unmarshal(raw)
}

// EnvelopeAround returns what Envelope puts before and after a message of size bytes, for callers that write it in pieces.
func EnvelopeAround(gvk schema.GroupVersionKind, size int) (before, after []byte) {
	empty := Envelope(gvk, nil)
	// An envelope ends with contentEncoding and contentType, both empty.
	const tail = 4
	cut := len(empty) - tail
	before = append(before, empty[:cut]...)
	if !bytes.Equal(empty[cut:], []byte{0x1a, 0, 0x22, 0}) {
		panic("resource: the layout of runtime.Unknown is not what EnvelopeAround expects")
	}
	before = append(before, 0x12) // raw, which an empty message leaves out
	before = binary.AppendUvarint(before, uint64(size))
	return before, empty[cut:]
}

// withTypeMeta writes an object as a client sees it: with kind and apiVersion.
func withTypeMeta(obj runtime.Object, gvk schema.GroupVersionKind) ([]byte, error) {
	raw, err := marshalJSON(obj)
	if err != nil {
		return nil, err
	}
	return WithTypeMeta(raw, gvk), nil
}

// WithTypeMeta puts kind and apiVersion in front of a JSON object that lacks them.
func WithTypeMeta(raw []byte, gvk schema.GroupVersionKind) []byte {
	return AppendTypeMeta(make([]byte, 0, len(raw)+len(gvk.Group)+len(gvk.Version)+len(gvk.Kind)+32), raw, gvk)
}

// AppendTypeMeta appends a JSON object that lacks kind and apiVersion, with them in front.
func AppendTypeMeta(buf, raw []byte, gvk schema.GroupVersionKind) []byte {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	buf = append(buf, `{"kind":"`...)
	buf = append(buf, kind...)
	buf = append(buf, `","apiVersion":"`...)
	buf = append(buf, apiVersion...)
	buf = append(buf, '"')
	if len(raw) > 2 { // more than {}
		buf = append(buf, ',')
	}
	return append(buf, raw[1:]...)
}
