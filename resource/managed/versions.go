package managed

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// versions is converter, defaulter and creator for one kind in all its versions.
type versions struct{ Config }

// ConvertToVersion returns the object in another version, typed where it came as a map. Where it is of that version already, it is the same.
func (s versions) ConvertToVersion(in runtime.Object, target runtime.GroupVersioner) (runtime.Object, error) {
	from := in.GetObjectKind().GroupVersionKind()
	u, isMap := in.(*unstructured.Unstructured)
	if isMap {
		obj := s.New(from.GroupVersion())
		if obj == nil {
			return nil, runtime.NewNotRegisteredErrForKind("the versions of "+s.GVK.Kind, from)
		}
		if _, custom := obj.(*unstructured.Unstructured); custom {
			return in, nil
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, obj); err != nil {
			return nil, fmt.Errorf("reading the merged %s: %w", s.GVK.Kind, err)
		}
		in = obj
	}
	to, ok := target.(schema.GroupVersion)
	obj, isObject := in.(kinds.Object)
	if !ok || !isObject || to == from.GroupVersion() {
		return in, nil
	}
	if s.New(to) == nil {
		return nil, runtime.NewNotRegisteredErrForKind("the versions of "+s.GVK.Kind, to.WithKind(from.Kind))
	}
	out, err := s.Config.Convert(obj, from.GroupVersion(), to)
	if err != nil {
		return nil, fmt.Errorf("converting a %s to %s: %w", from, to, err)
	}
	if out == obj {
		out = shallow(obj)
	}
	out.GetObjectKind().SetGroupVersionKind(to.WithKind(from.Kind))
	return out, nil
}

// Convert is not needed: only whole objects are converted.
func (s versions) Convert(in, out, _ any) error {
	return fmt.Errorf("converting %T to %T: only whole objects are converted", in, out)
}

// ConvertFieldLabel is not needed either.
func (s versions) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// Default completes a merged object.
func (s versions) Default(obj runtime.Object) {
	if o, ok := obj.(kinds.Object); ok && s.Config.Default != nil {
		s.Config.Default(o)
	}
}

// creator makes empty objects of the kind.
type creator struct{ Config }

// New makes one.
func (c creator) New(schema.GroupVersionKind) (runtime.Object, error) {
	obj := c.Config.New(c.Stored.GroupVersion())
	obj.GetObjectKind().SetGroupVersionKind(c.Stored)
	return obj, nil
}

// shallow copies an object's outermost struct: enough to set its kind without touching the original.
func shallow(obj kinds.Object) kinds.Object {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		m := make(map[string]any, len(u.Object)+2)
		for k, v := range u.Object {
			m[k] = v
		}
		return &unstructured.Unstructured{Object: m}
	}
	v := reflect.ValueOf(obj).Elem()
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c.Interface().(kinds.Object)
}
