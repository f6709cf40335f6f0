package managed

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// single is converter, defaulter and creator for one kind in one version: there is nothing to convert.
type single struct{ Config }

// ConvertToVersion returns the object as it is, typed where it came as a map.
func (s single) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	u, isMap := in.(*unstructured.Unstructured)
	if !isMap {
		return in, nil
	}
	obj := s.New()
	if _, custom := obj.(*unstructured.Unstructured); custom {
		return in, nil
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, obj); err != nil {
		return nil, fmt.Errorf("reading the merged %s: %w", s.GVK.Kind, err)
	}
	return obj, nil
}

// Convert is not needed: both ends are one version.
func (s single) Convert(in, out, _ any) error {
	return fmt.Errorf("converting %T to %T: one version needs no conversion", in, out)
}

// ConvertFieldLabel is not needed either.
func (s single) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// Default completes a merged object.
func (s single) Default(obj runtime.Object) {
	if o, ok := obj.(kinds.Object); ok && s.Config.Default != nil {
		s.Config.Default(o)
	}
}

// creator makes empty objects of the kind.
type creator struct{ Config }

// New makes one.
func (c creator) New(schema.GroupVersionKind) (runtime.Object, error) {
	obj := c.Config.New()
	obj.GetObjectKind().SetGroupVersionKind(c.GVK)
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
