package wire

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape is how a message stands for JSON.
type shape struct {
	// choice is set for messages that are one of several others.
	choice protoreflect.OneofDescriptor
	// list is set for messages that only hold a list; a single value stands for a list of one.
	list protoreflect.FieldDescriptor
	// fields are the members of an object that have a field, by their name in JSON.
	fields map[string]protoreflect.FieldDescriptor
	// named takes all other members of an object, each with its name.
	named protoreflect.FieldDescriptor
	// extensions takes the members whose name begins with "x-".
	extensions protoreflect.FieldDescriptor
}

func shapeOf(md protoreflect.MessageDescriptor) *shape {
	s := &shape{fields: map[string]protoreflect.FieldDescriptor{}}
	if md.Oneofs().Len() > 0 {
		s.choice = md.Oneofs().Get(0)
		return s
	}
	fields := md.Fields()
	for i := range fields.Len() {
		switch fd := fields.Get(i); {
		case isNamed(fd) && strings.HasSuffix(string(fd.Name()), "_extension"):
			s.extensions = fd
		case isNamed(fd):
			s.named = fd
		case fd.IsList() && fields.Len() == 1:
			s.list = fd
		case fd.Name() == "_ref":
			s.fields["$ref"] = fd
		default:
			s.fields[fd.JSONName()] = fd
		}
	}
	return s
}

// isNamed is true for lists of pairs of a name and a value, which stand for objects with any members.
func isNamed(fd protoreflect.FieldDescriptor) bool {
	return fd.IsList() && fd.Message() != nil && strings.HasPrefix(string(fd.Message().Name()), "Named")
}

// field finds where a member goes; nil is nowhere.
func (s *shape) field(name string) protoreflect.FieldDescriptor {
	if fd := s.fields[name]; fd != nil {
		return fd
	}
	if s.extensions != nil && strings.HasPrefix(name, "x-") {
		return s.extensions
	}
	return s.named
}
