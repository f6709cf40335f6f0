package server_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
	"argosy.dev/kinds/catalogue"
)

// specimen is a kind, an object of it that is valid, and the paths of all fields that its type has.
type specimen struct {
	kind   *kinds.Kind
	url    string // of the collection
	name   string
	object map[string]any
	paths  [][]string
}

// specimens are all kinds, with the first of their examples.
func specimens(t testing.TB) []specimen {
	t.Helper()
	examples := map[schema.GroupVersionKind]map[string]any{}
	err := filepath.WalkDir("../kinds", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(filepath.Dir(path)) != "valid" || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		object := map[string]any{}
		first, _, _ := strings.Cut(string(text), "\n---\n")
		if err := yaml.Unmarshal([]byte(first), &object); err != nil {
			return err
		}
		apiVersion, _ := object["apiVersion"].(string)
		kind, _ := object["kind"].(string)
		gvk := schema.FromAPIVersionAndKind(apiVersion, kind)
		if examples[gvk] == nil || filepath.Base(path) == "plain.yaml" {
			examples[gvk] = object
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []specimen
	for _, k := range catalogue.All() {
		s := specimen{kind: k, url: collection(k), object: examples[k.GVK]}
		if s.object == nil {
			s.object = map[string]any{"apiVersion": k.GVK.GroupVersion().String(), "kind": k.GVK.Kind, "metadata": map[string]any{"name": "a"}}
		}
		meta, _ := s.object["metadata"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			s.object["metadata"] = meta
		}
		delete(meta, "namespace")
		if s.name, _ = meta["name"].(string); s.name == "" {
			s.name = "a"
		}
		fieldPaths(reflect.TypeOf(k.New()), nil, map[reflect.Type]int{}, func(path []string) { s.paths = append(s.paths, slices.Clone(path)) })
		list = append(list, s)
	}
	return list
}

// collection is the address of a kind's objects, in the namespace default if they have one.
func collection(k *kinds.Kind) string {
	url := "/api/" + k.GVK.Version
	if k.GVK.Group != "" {
		url = "/apis/" + k.GVK.Group + "/" + k.GVK.Version
	}
	if k.Namespaced {
		url += "/namespaces/default"
	}
	return url + "/" + k.Resource
}

// fieldPaths calls found with every path of a type: a list has one item, a map the key "k". What contains itself is entered twice.
func fieldPaths(t reflect.Type, path []string, inside map[reflect.Type]int, found func([]string)) {
	if len(path) > 0 {
		found(path)
	}
	switch t.Kind() {
	case reflect.Pointer:
		fieldPaths(t.Elem(), path[:len(path):len(path)], inside, func(p []string) {
			if len(p) > len(path) {
				found(p)
			}
		})
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			fieldPaths(t.Elem(), append(path, "0"), inside, found)
		}
	case reflect.Map:
		fieldPaths(t.Elem(), append(path, "k"), inside, found)
	case reflect.Struct:
		// A type that writes itself, such as a time or a quantity, is one value.
		if _, itself := reflect.New(t).Interface().(json.Unmarshaler); itself || inside[t] > 1 {
			return
		}
		inside[t]++
		defer func() { inside[t]-- }()
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case name == "-":
			case name == "" && f.Anonymous:
				fieldPaths(f.Type, path[:len(path):len(path)], inside, func(p []string) {
					if len(p) > len(path) {
						found(p)
					}
				})
			case name != "":
				fieldPaths(f.Type, append(path, name), inside, found)
			}
		}
	}
}

// hole stands where a value is to be put as it is written, which need not be JSON.
const hole = "\x1ahole\x1a"

// with is a copy of a tree in which path leads to the hole. What is on the way and missing, or of another shape, is made.
func with(tree any, path []string) any {
	if len(path) == 0 {
		return hole
	}
	if path[0] == "0" {
		list, _ := tree.([]any)
		list = slices.Clone(list)
		if len(list) == 0 {
			list = []any{nil}
		}
		list[0] = with(list[0], path[1:])
		return list
	}
	object := map[string]any{}
	if old, ok := tree.(map[string]any); ok {
		for k, v := range old {
			object[k] = v
		}
	}
	object[path[0]] = with(object[path[0]], path[1:])
	return object
}

// fill writes a tree as JSON, with value in its hole.
func fill(t *testing.T, tree any, value string) string {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(hole)
	return strings.ReplaceAll(string(text), string(quoted), value)
}

// nonsense are values that hardly any field may have, and some that are of the right type and mean nothing.
var nonsense = []string{
	`null`, `{}`, `[]`, `""`, `"a"`, `0`, `-1`, `true`, `[null]`, `{"":null}`, `[{}]`, `[""]`, `{"k":"v"}`, `"*"`, `"a/b/c"`, `9223372036854775807`, `-9223372036854775808`, `1e400`, `0.5`, `"1e400"`, `"-9223372036854775808Ei"`, `"\u0000"`,
	`"9999-12-31T23:59:59Z"`, `"0000-00-00T00:00:00Z"`, `"10.0.0.1"`, `"::ffff:1.2.3.4/129"`, `"%"`, `"100%"`, `"-1%"`, `"$(A)$$(B"`, `"{{"`, `"!=="`, "\"\xff\"", `[[[[[[]]]]]]`, `[{},{},null,{"name":null}]`, `{"a":{"b":{"c":[{}]}}}`, `,`, `}`,
}
