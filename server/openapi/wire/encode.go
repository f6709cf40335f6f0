package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	openapiv2 "github.com/google/gnostic-models/openapiv2"
	openapiv3 "github.com/google/gnostic-models/openapiv3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// V2 encodes an OpenAPI v2 document in JSON as gnostic's openapi.v2.Document.
func V2(document []byte) ([]byte, error) {
	return convert(openapiv2.File_openapiv2_OpenAPIv2_proto, document)
}

// V3 encodes an OpenAPI v3 document in JSON as gnostic's openapi.v3.Document.
func V3(document []byte) ([]byte, error) {
	return convert(openapiv3.File_openapiv3_OpenAPIv3_proto, document)
}

func convert(file protoreflect.FileDescriptor, document []byte) ([]byte, error) {
	n, err := parse(document)
	if err != nil {
		return nil, err
	}
	e := encoder{shapes: map[protoreflect.FullName]*shape{}}
	return e.message(nil, file.Messages().ByName("Document"), &n)
}

// encoder writes one document. Fields are written in the order of the JSON members, which any reader of protobuf accepts.
type encoder struct {
	shapes map[protoreflect.FullName]*shape
}

func (e *encoder) shape(md protoreflect.MessageDescriptor) *shape {
	s := e.shapes[md.FullName()]
	if s == nil {
		s = shapeOf(md)
		e.shapes[md.FullName()] = s
	}
	return s
}

// message appends the content of a message that stands for n.
func (e *encoder) message(b []byte, md protoreflect.MessageDescriptor, n *node) ([]byte, error) {
	if md.Name() == "Any" {
		b = protowire.AppendTag(b, md.Fields().ByName("yaml").Number(), protowire.BytesType)
		return protowire.AppendBytes(b, n.raw), nil
	}
	switch s := e.shape(md); {
	case s.choice != nil:
		fd, err := choose(s.choice, n)
		if err != nil || fd == nil {
			return b, err
		}
		return e.single(b, fd, n)
	case s.list != nil && n.isArray():
		return e.list(b, s.list, n)
	case s.list != nil:
		return e.single(b, s.list, n)
	case n.isObject():
		return e.object(b, s, n)
	default:
		return nil, fmt.Errorf("%s cannot be %.40s", md.Name(), n.raw)
	}
}

func (e *encoder) object(b []byte, s *shape, n *node) ([]byte, error) {
	for i := range n.members {
		m := &n.members[i]
		fd := s.field(m.name)
		var err error
		switch {
		case fd == nil:
			err = errors.New("there is no such member")
		case isNamed(fd):
			b, err = e.named(b, fd, m)
		case m.value.value == nil && !isAny(fd):
			// null says the same as leaving the member out.
		case fd.IsList():
			b, err = e.list(b, fd, &m.value)
		default:
			b, err = e.single(b, fd, &m.value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return b, nil
}

// named appends a pair of a member's name and value.
func (e *encoder) named(b []byte, fd protoreflect.FieldDescriptor, m *member) ([]byte, error) {
	fields := fd.Message().Fields()
	pair := protowire.AppendTag(nil, fields.ByName("name").Number(), protowire.BytesType)
	pair = protowire.AppendString(pair, m.name)
	pair, err := e.single(pair, fields.ByName("value"), &m.value)
	if err != nil {
		return nil, err
	}
	b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
	return protowire.AppendBytes(b, pair), nil
}

func (e *encoder) list(b []byte, fd protoreflect.FieldDescriptor, n *node) ([]byte, error) {
	if !n.isArray() {
		return nil, fmt.Errorf("%.40s is not a list", n.raw)
	}
	var err error
	for i := range n.items {
		if b, err = e.single(b, fd, &n.items[i]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// single appends one value of a field.
func (e *encoder) single(b []byte, fd protoreflect.FieldDescriptor, n *node) ([]byte, error) {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		content, err := e.message(nil, fd.Message(), n)
		if err != nil {
			return nil, err
		}
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, content), nil
	case protoreflect.StringKind:
		if s, ok := n.value.(string); ok {
			b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
			return protowire.AppendString(b, s), nil
		}
	case protoreflect.BoolKind:
		if v, ok := n.value.(bool); ok {
			b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
			return protowire.AppendVarint(b, protowire.EncodeBool(v)), nil
		}
	case protoreflect.DoubleKind:
		if v, ok := number(n); ok {
			b = protowire.AppendTag(b, fd.Number(), protowire.Fixed64Type)
			return protowire.AppendFixed64(b, math.Float64bits(v)), nil
		}
	case protoreflect.Int64Kind:
		if v, ok := number(n); ok && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			b = protowire.AppendTag(b, fd.Number(), protowire.VarintType)
			return protowire.AppendVarint(b, uint64(int64(v))), nil
		}
	}
	return nil, fmt.Errorf("%.40s is not a %s", n.raw, fd.Kind())
}

func number(n *node) (float64, bool) {
	text, ok := n.value.(json.Number)
	if !ok {
		return 0, false
	}
	v, err := text.Float64()
	return v, err == nil
}

func isAny(fd protoreflect.FieldDescriptor) bool {
	return fd.Message() != nil && fd.Message().Name() == "Any"
}
