package server_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"argosy.dev/kinds"
	"argosy.dev/kinds/catalogue"
	"argosy.dev/kinds/kindtest/nonsense"
	"argosy.dev/server"
)

// specimen is a kind, an object of it that is valid, and the paths of all fields that its type has.
type specimen struct {
	kind   *kinds.Kind
	url    string // of the collection
	name   string
	object map[string]any
	paths  [][]string
}

// with is the specimen's object with a value in a field.
func (s specimen) with(t *testing.T, path []string, value string) string {
	return write(t, s.object, path, value)
}

func write(t *testing.T, object map[string]any, path []string, value string) string {
	t.Helper()
	text, err := nonsense.With(object, path, value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// specimens are all kinds, each with an example.
func specimens(t testing.TB) []specimen {
	t.Helper()
	examples, err := nonsense.Examples("../kinds")
	if err != nil {
		t.Fatal(err)
	}
	var list []specimen
	for _, k := range catalogue.All() {
		s := specimen{kind: k, url: collection(k), object: examples[k.GVK], name: "a", paths: nonsense.Paths(reflect.TypeOf(k.New()))}
		if s.object == nil {
			s.object = map[string]any{"apiVersion": k.GVK.GroupVersion().String(), "kind": k.GVK.Kind, "metadata": map[string]any{"name": "a"}}
		}
		if meta, ok := s.object["metadata"].(map[string]any); ok {
			if name, ok := meta["name"].(string); ok {
				s.name = name
			}
		}
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

// inhabited is a server with the example of every kind.
func inhabited(t testing.TB) (*server.Server, []specimen) {
	t.Helper()
	s, list := whole(t, server.Options{}), specimens(t)
	for _, of := range list {
		text, err := json.Marshal(of.object)
		if err != nil {
			t.Fatal(err)
		}
		if w := ask(s, "POST", of.url, string(text), "Content-Type", jsonBody); w.Code != 201 && !of.kind.Answered && !of.kind.Computed && of.kind.Resource != "bindings" {
			t.Errorf("%s: %d %s", of.url, w.Code, w.Body)
		}
	}
	return s, list
}
