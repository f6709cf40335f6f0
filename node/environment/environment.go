package environment

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"argosy.dev/facts/downward"
)

// Lookup finds what variables may refer to, in the pod's namespace.
type Lookup interface {
	ConfigMap(namespace, name string) (*corev1.ConfigMap, bool)
	Secret(namespace, name string) (*corev1.Secret, bool)
	Service(namespace, name string) (*corev1.Service, bool)
	Services(namespace string) []*corev1.Service
}

// Variable is one name and value.
type Variable struct{ Name, Value string }

// Variables computes a container's environment, in the order in which it is written. pod has its addresses; allocatable is the
// node's. An error names the variable and what is missing: the container cannot be made (CreateContainerConfigError).
func Variables(pod *corev1.Pod, c *corev1.Container, allocatable corev1.ResourceList, l Lookup) ([]Variable, error) {
	b := builder{pod: pod, container: c, allocatable: allocatable, lookup: l, values: map[string]string{}}
	b.services()
	for i := range c.EnvFrom {
		if err := b.from(&c.EnvFrom[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Env {
		if err := b.add(&c.Env[i]); err != nil {
			return nil, fmt.Errorf("variable %s: %w", c.Env[i].Name, err)
		}
	}
	list := make([]Variable, len(b.names))
	for i, n := range b.names {
		list[i] = Variable{n, b.values[n]}
	}
	return list, nil
}

type builder struct {
	pod         *corev1.Pod
	container   *corev1.Container
	allocatable corev1.ResourceList
	lookup      Lookup
	names       []string
	values      map[string]string
}

// set gives a variable its value; a later one of the same name wins.
func (b *builder) set(name, value string) {
	if _, had := b.values[name]; !had {
		b.names = append(b.names, name)
	}
	b.values[name] = value
}

func (b *builder) from(src *corev1.EnvFromSource) error {
	switch {
	case src.ConfigMapRef != nil:
		m, ok := b.lookup.ConfigMap(b.pod.Namespace, src.ConfigMapRef.Name)
		if !ok {
			if optional(src.ConfigMapRef.Optional) {
				return nil
			}
			return fmt.Errorf("configmap %q not found", src.ConfigMapRef.Name)
		}
		for _, k := range slices.Sorted(maps.Keys(m.Data)) {
			b.fromKey(src.Prefix+k, m.Data[k])
		}
	case src.SecretRef != nil:
		s, ok := b.lookup.Secret(b.pod.Namespace, src.SecretRef.Name)
		if !ok {
			if optional(src.SecretRef.Optional) {
				return nil
			}
			return fmt.Errorf("secret %q not found", src.SecretRef.Name)
		}
		for _, k := range slices.Sorted(maps.Keys(s.Data)) {
			b.fromKey(src.Prefix+k, string(s.Data[k]))
		}
	}
	return nil
}

// fromKey leaves out keys that cannot be names of variables.
func (b *builder) fromKey(name, value string) {
	if len(validation.IsRelaxedEnvVarName(name)) == 0 {
		b.set(name, value)
	}
}

func (b *builder) add(v *corev1.EnvVar) error {
	if v.ValueFrom == nil {
		b.set(v.Name, Expand(v.Value, b.get))
		return nil
	}
	value, ok, err := b.valueOf(v.ValueFrom)
	if err == nil && ok {
		b.set(v.Name, value)
	}
	return err
}

func (b *builder) get(name string) (string, bool) {
	v, ok := b.values[name]
	return v, ok
}

// valueOf resolves a reference; ok is false where it is optional and leads nowhere.
func (b *builder) valueOf(src *corev1.EnvVarSource) (value string, ok bool, err error) {
	switch {
	case src.FieldRef != nil:
		value, err = downward.Field(b.pod, src.FieldRef.FieldPath)
		return value, true, err
	case src.ResourceFieldRef != nil:
		value, err = downward.Resource(b.pod, b.container.Name, src.ResourceFieldRef, b.allocatable)
		return value, true, err
	case src.ConfigMapKeyRef != nil:
		ref := src.ConfigMapKeyRef
		m, found := b.lookup.ConfigMap(b.pod.Namespace, ref.Name)
		if !found {
			return missing(ref.Optional, "configmap %q not found", ref.Name)
		}
		if value, ok := m.Data[ref.Key]; ok {
			return value, true, nil
		}
		return missing(ref.Optional, "couldn't find key %v in ConfigMap %v/%v", ref.Key, b.pod.Namespace, ref.Name)
	case src.SecretKeyRef != nil:
		ref := src.SecretKeyRef
		s, found := b.lookup.Secret(b.pod.Namespace, ref.Name)
		if !found {
			return missing(ref.Optional, "secret %q not found", ref.Name)
		}
		if value, ok := s.Data[ref.Key]; ok {
			return string(value), true, nil
		}
		return missing(ref.Optional, "couldn't find key %v in Secret %v/%v", ref.Key, b.pod.Namespace, ref.Name)
	case src.FileKeyRef != nil:
		return "", false, fmt.Errorf("values from files (fileKeyRef) are not supported by this node yet")
	}
	return "", false, fmt.Errorf("it refers to nothing")
}

func missing(isOptional *bool, format string, args ...any) (string, bool, error) {
	if optional(isOptional) {
		return "", false, nil
	}
	return "", false, fmt.Errorf(format, args...)
}

func optional(b *bool) bool { return b != nil && *b }

// Expand replaces $(NAME) by the variable's value. $$ is a dollar sign, and what is not known stays as it is written, as the documentation of
// EnvVar.value says.
func Expand(s string, get func(name string) (string, bool)) string {
	if !strings.Contains(s, "$") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '$' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		switch s[i+1] {
		case '$':
			out.WriteByte('$')
			i++
		case '(':
			end := strings.IndexByte(s[i+2:], ')')
			if end < 0 {
				out.WriteString(s[i : i+2])
				i++
				continue
			}
			reference := s[i : i+2+end+1]
			if value, ok := get(s[i+2 : i+2+end]); ok {
				out.WriteString(value)
			} else {
				out.WriteString(reference)
			}
			i += len(reference) - 1
		default:
			out.WriteByte('$')
		}
	}
	return out.String()
}
