package rules

import (
	"bytes"
	"encoding/json"
	"reflect"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Shown is a structure to be shown in a message as Kubernetes shows its own there: every member by its Go name, unset ones
// too, those of embedded structures among the others. What is not from k8s.io/api is shown as in the API.
func Shown(v any) any {
	text, err := json.Marshal(shown(reflect.ValueOf(v)))
	if err != nil {
		return v
	}
	return json.RawMessage(text)
}

type member struct {
	name  string
	value any
}

// members is an object whose members keep their order.
type members []member

// MarshalJSON writes the members in order.
func (m members) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, part := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(part.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(part.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

func shown(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return shown(v.Elem())
	case reflect.Struct:
		if !strings.HasPrefix(v.Type().PkgPath(), "k8s.io/api/") {
			return v.Interface()
		}
		return structure(v)
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Interface()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = shown(v.Index(i))
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		var m members
		for _, key := range v.MapKeys() {
			m = append(m, member{key.String(), shown(v.MapIndex(key))})
		}
		sort.Slice(m, func(i, j int) bool { return m[i].name < m[j].name })
		return m
	}
	return v.Interface()
}

func structure(v reflect.Value) any {
	if v.Type() == reflect.TypeFor[corev1.PodSpec]() {
		return podSpec(v)
	}
	if names := order(v.Type()); names != nil {
		return ordered(v, names)
	}
	m := members{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.Anonymous {
			m = append(m, member{f.Name, shown(v.Field(i))})
			continue
		}
		part := shown(v.Field(i))
		if inner, ok := part.(members); ok {
			m = append(m, inner...)
			continue
		}
		m = append(m, flat(part)...)
	}
	return m
}

// flat lists the members of what is embedded, as it is written in the API.
func flat(v any) members {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil
	}
	var m members
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return m
		}
		if text, ok := name.(string); ok {
			m = append(m, member{text, value})
		}
	}
	return m
}
