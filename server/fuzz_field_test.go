package server_test

import (
	"encoding/json"
	"flag"
	"hash/fnv"
	"net/http"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"

	"argosy.dev/kinds/kindtest/nonsense"
	"argosy.dev/resource"
	"argosy.dev/server"
)

// The ways in which a value gets into a field of an object.
var ways = []struct {
	name string
	put  func(t *testing.T, s *server.Server, of specimen, path []string, value string)
}{
	{"create", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPost, of.url, dry, resource.MediaJSON, of.with(t, path, value))
	}},
	{"create, strictly, from YAML", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPost, of.url, dry+"&fieldValidation=Strict", resource.MediaYAML, of.with(t, path, value))
	}},
	{"create, from protobuf", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		object := of.kind.New()
		if json.Unmarshal([]byte(of.with(t, path, value)), object) != nil {
			return
		}
		var b strings.Builder
		if err := binary.Encode(object, &b); err != nil {
			return // what protobuf cannot say, such as text that is no UTF-8
		}
		survive(t, s, http.MethodPost, of.url, dry, resource.MediaProtobuf, b.String())
		// The same with a piece torn out.
		h := fnv.New32a()
		_, _ = h.Write([]byte(value + strings.Join(path, ".")))
		text := b.String()
		at := int(h.Sum32()) % len(text)
		survive(t, s, http.MethodPost, of.url, dry, resource.MediaProtobuf, text[:at]+value+text[at:])
		survive(t, s, http.MethodPost, of.url, dry, resource.MediaProtobuf, text[:at]+text[min(at+1+len(value), len(text)):])
	}},
	{"update", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPut, of.url+"/"+of.name, dry, resource.MediaJSON, of.with(t, path, value))
	}},
	{"merge patch", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry, mergePatch, write(t, nil, path, value))
	}},
	{"strategic patch", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry, strategic, write(t, nil, path, value))
	}},
	{"strategic patch of what is there", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry, strategic, of.with(t, path, value))
	}},
	{"JSON patch", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		pointer := "/" + strings.Join(path, "/")
		for _, op := range []string{"add", "replace", "test", "remove"} {
			survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry, jsonPatch, `[{"op":"`+op+`","path":"`+pointer+`","value":`+value+`}]`)
		}
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry, jsonPatch, `[{"op":"copy","from":"/metadata","path":"`+pointer+`"},{"op":"move","from":"`+pointer+`","path":"/metadata/labels"}]`)
	}},
	{"apply", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry+"&fieldManager=f&force=true", applyPatch, of.with(t, path, value))
	}},
	{"apply of it alone", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		alone := map[string]any{"apiVersion": of.object["apiVersion"], "kind": of.object["kind"], "metadata": map[string]any{"name": of.name}}
		survive(t, s, http.MethodPatch, of.url+"/"+of.name, dry+"&fieldManager=f", applyPatch, write(t, alone, path, value))
		survive(t, s, http.MethodPatch, of.url+"/new", dry+"&fieldManager=f", applyPatch, write(t, alone, path, value))
	}},
	{"subresources", func(t *testing.T, s *server.Server, of specimen, path []string, value string) {
		for i := range of.kind.Subresources {
			sub := &of.kind.Subresources[i]
			if sub.Connect {
				continue
			}
			url := of.url + "/" + of.name + "/" + sub.Name
			whole, alone := of.with(t, path, value), write(t, nil, path, value)
			survive(t, s, http.MethodPost, url, dry, resource.MediaJSON, alone)
			survive(t, s, http.MethodPut, url, dry, resource.MediaJSON, whole)
			survive(t, s, http.MethodPatch, url, dry, mergePatch, alone)
			survive(t, s, http.MethodPatch, url, dry, strategic, alone)
			survive(t, s, http.MethodPatch, url, dry+"&fieldManager=f&force=true", applyPatch, whole)
		}
	}},
}

const (
	dry        = "dryRun=All"
	applyPatch = "application/apply-patch+yaml"
)

var binary = protobufOf(scheme.Scheme)

func protobufOf(s *runtime.Scheme) runtime.Encoder { return protobuf.NewSerializer(s, s) }

// Any value, in any field of any kind, in every way that there is to put it there.
func FuzzField(f *testing.F) {
	s, list := inhabited(f)
	values := nonsense.Values()
	for i, of := range list {
		for j := range ways {
			f.Add(uint8(i), uint16(len(of.paths)/2), uint8(j), values[(i+j)%len(values)])
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, field uint16, way uint8, value string) {
		of := list[int(which)%len(list)]
		ways[int(way)%len(ways)].put(t, s, of, of.paths[int(field)%len(of.paths)], value)
	})
}

var (
	nonsenseApart = flag.Int("nonsense-apart", 29, "how many fields TestNonsense goes on by; 1 takes every field, for half a minute")
	nonsenseTurn  = flag.Int("nonsense-turn", 0, "with which value and way TestNonsense begins")
)

// TestNonsense is what FuzzField does, for some fields of every kind, with another value and another way each time.
func TestNonsense(t *testing.T) {
	s, list := inhabited(t)
	values := nonsense.Values()
	turn, fields := *nonsenseTurn, 0
	for _, of := range list {
		for i := turn % *nonsenseApart; i < len(of.paths); i += *nonsenseApart {
			path, way, value := of.paths[i], ways[turn%len(ways)], values[turn/len(ways)%len(values)]
			way.put(t, s, of, path, value)
			if t.Failed() {
				t.Fatalf("%s %s: %s with %q in %v", of.kind.GVK.Group, of.kind.GVK.Kind, way.name, value, path)
			}
			turn++
			fields++
		}
	}
	t.Logf("%d fields of %d kinds", fields, len(list))
}
