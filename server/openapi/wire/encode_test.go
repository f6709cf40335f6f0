package wire

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	openapiv2 "github.com/google/gnostic-models/openapiv2"
	openapiv3 "github.com/google/gnostic-models/openapiv3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"sigs.k8s.io/yaml"
)

// smallV2 has at least one of everything that the rules tell apart.
const smallV2 = `{
  "swagger": "2.0", "info": {"title": "T", "version": "v1"}, "schemes": ["https"],
  "paths": {
    "/a/{b}": {
      "get": {
        "operationId": "get", "tags": ["x"], "deprecated": true, "x-action": {"a": [1, "b", null, true]},
        "parameters": [{"$ref": "#/parameters/p"}, {"name": "h", "in": "header", "type": "string"}],
        "responses": {"200": {"description": "OK", "schema": {"$ref": "#/definitions/D"}}, "401": {"$ref": "#/responses/r"}, "default": {"description": ""}}
      },
      "post": {"parameters": [{"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/D"}}], "responses": {"200": {"description": "file", "schema": {"type": "file"}}}},
      "parameters": [{"name": "b", "in": "path", "required": true, "type": "string", "uniqueItems": true}, {"name": "f", "in": "formData", "type": "integer"}]
    }
  },
  "definitions": {
    "D": {
      "type": "object", "description": "with \"quotes\", <angles> and ümlauts", "required": ["name"], "x-kubernetes-group-version-kind": [{"group": "", "kind": "D", "version": "v1"}],
      "properties": {
        "name": {"type": "string", "default": "", "enum": ["a", "b"]},
        "x-odd": {"type": ["string", "null"], "minLength": 1, "maxLength": 0},
        "list": {"type": "array", "items": {"type": "number", "minimum": 0.5, "maximum": 1e3}, "x-kubernetes-list-type": "atomic"},
        "map": {"type": "object", "additionalProperties": {"$ref": "#/definitions/D", "description": "again"}},
        "any": {"additionalProperties": true, "default": {}, "allOf": [{"type": "object"}]}
      }
    }
  },
  "parameters": {"p": {"name": "q", "in": "query", "type": "boolean", "description": "d"}},
  "responses": {"r": {"description": "Unauthorized"}},
  "securityDefinitions": {"BearerToken": {"type": "apiKey", "name": "authorization", "in": "header"}, "O": {"type": "oauth2", "flow": "accessCode", "scopes": {"s": "t"}, "authorizationUrl": "u", "tokenUrl": "v"}},
  "security": [{"BearerToken": []}, {"O": ["s"]}]
}`

const smallV3 = `{
  "openapi": "3.0.0", "info": {"title": "T", "version": "v1"},
  "paths": {
    "/a/{b}": {
      "get": {
        "operationId": "get", "tags": ["x"], "x-action": "get",
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/D"}}}}, "default": {"$ref": "#/components/responses/r"}}
      },
      "patch": {"requestBody": {"required": true, "content": {"a/b": {"schema": {"type": "string"}}}}, "responses": {"401": {"description": "no"}}},
      "parameters": [{"name": "b", "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}}]
    }
  },
  "components": {
    "schemas": {
      "D": {
        "type": "object", "required": ["s"], "x-kubernetes-group-version-kind": [{"group": "", "kind": "D"}],
        "properties": {
          "s": {"allOf": [{"$ref": "#/components/schemas/D"}], "default": {}, "description": "d"},
          "f": {"type": "boolean", "default": false, "nullable": true}, "t": {"type": "string", "default": "", "enum": ["a", ""]},
          "n": {"oneOf": [{"type": "integer"}, {"type": "string"}], "default": 0, "format": "int-or-string"}, "m": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string", "default": "x"}}},
          "o": {"type": "object", "additionalProperties": false, "not": {"type": "string"}, "maximum": 3, "minProperties": 2}
        }
      }
    },
    "securitySchemes": {"BearerToken": {"type": "apiKey", "name": "authorization", "in": "header"}}
  }
}`

// form is one form of OpenAPI, as gnostic parses and as we encode it.
type form struct {
	encode func([]byte) ([]byte, error)
	parse  func([]byte) (proto.Message, error)
	empty  func() proto.Message
}

var (
	formV2 = form{V2, func(b []byte) (proto.Message, error) { return openapiv2.ParseDocument(b) }, func() proto.Message { return &openapiv2.Document{} }}
	formV3 = form{V3, func(b []byte) (proto.Message, error) { return openapiv3.ParseDocument(b) }, func() proto.Message { return &openapiv3.Document{} }}
)

// compare sees that a document encoded here says what it says when gnostic parses it.
func compare(t *testing.T, f form, document []byte) {
	t.Helper()
	data, err := f.encode(document)
	if err != nil {
		t.Fatal(err)
	}
	got := f.empty()
	if err := proto.Unmarshal(data, got); err != nil {
		t.Fatal(err)
	}
	want, err := f.parse(document)
	if err != nil {
		t.Fatal(err)
	}
	normalize(t, got.ProtoReflect())
	normalize(t, want.ProtoReflect())
	if !proto.Equal(got, want) {
		t.Errorf("got\n%.3000v\nwant\n%.3000v", got, want)
	}
}

// normalize rewrites what is kept as YAML text into one form of it, which is that of compact JSON.
func normalize(t *testing.T, m protoreflect.Message) {
	if m.Descriptor().Name() == "Any" {
		fd := m.Descriptor().Fields().ByName("yaml")
		text, err := yaml.YAMLToJSON([]byte(m.Get(fd).String()))
		if err != nil {
			t.Fatal(err)
		}
		m.Set(fd, protoreflect.ValueOfString(string(text)))
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				normalize(t, v.List().Get(i).Message())
			}
		default:
			normalize(t, v.Message())
		}
		return true
	})
}

func TestSmall(t *testing.T) {
	t.Run("v2", func(t *testing.T) { compare(t, formV2, []byte(smallV2)) })
	t.Run("v3", func(t *testing.T) { compare(t, formV3, []byte(smallV3)) })
}

// Every document that is served, too.
func TestServed(t *testing.T) {
	files, err := filepath.Glob("../documents/*.json.gz")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d documents: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			document, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(filepath.Base(name), "v2.") {
				compare(t, formV2, document)
			} else {
				compare(t, formV3, document)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, document := range []string{
		``, `{`, `{}{}`, `[]`, `"x"`, `{"swagger": 2}`, `{"unknown": {}}`, `{"paths": {"/": {"get": {"tags": "x"}}}}`,
		`{"paths": {"/": {"parameters": [{"in": "nowhere"}]}}}`, `{"securityDefinitions": {"x": {"type": "magic"}}}`,
		`{"securityDefinitions": {"x": {"type": "oauth2", "flow": "magic"}}}`, `{"definitions": {"D": {"maxLength": 1.5}}}`,
		`{"definitions": {"D": {"maximum": "x"}}}`, `{"definitions": {"D": {"maximum": 1e999}}}`, `{"definitions": {"D": 1}}`,
		`{"x-deep": ` + strings.Repeat("[", 2*maxDepth) + strings.Repeat("]", 2*maxDepth) + `}`,
	} {
		if _, err := V2([]byte(document)); err == nil {
			t.Errorf("%.60s is encoded", document)
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte(smallV2))
	f.Add([]byte(smallV3))
	f.Add([]byte(`{"x-a":null,"paths":{"/":null}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		for _, form := range []form{formV2, formV3} {
			data, err := form.encode(document)
			if err != nil {
				continue
			}
			if !json.Valid(document) {
				t.Fatal("what is no JSON is encoded")
			}
			if err := proto.Unmarshal(data, form.empty()); err != nil && !strings.Contains(err.Error(), "UTF-8") {
				t.Fatal(err)
			}
		}
	})
}
