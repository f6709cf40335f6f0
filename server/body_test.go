package server_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/resource"
	"argosy.dev/server"
)

func configMapProtobuf(name string) string {
	m := &corev1.ConfigMap{Data: map[string]string{"k": "v"}}
	m.Name = name
	raw, err := m.Marshal()
	if err != nil {
		panic(err) // a small object that encodes
	}
	return string(resource.Envelope(corev1.SchemeGroupVersion.WithKind("ConfigMap"), raw))
}

// What is wrong with a body is told in the words, and with the code, that clients of upstream get.
func TestRefusalsOfBodies(t *testing.T) {
	s := whole(t, server.Options{})
	const (
		yamlBody, protobuf = resource.MediaYAML, resource.MediaProtobuf
		strict             = configMaps + "?fieldValidation=Strict"
		unrecognized       = "the object provided is unrecognized (must be of type ConfigMap): "
	)
	for name, c := range map[string]struct {
		url, media, body string
		code             int
		message          string // "": whatever a success says
	}{
		"empty":                {configMaps, jsonBody, "", 400, unrecognized + "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"},
		"cut short":            {configMaps, jsonBody, `{"kind":`, 400, unrecognized + `couldn't get version/kind; json parse error: unexpected end of JSON input ({"kind":)`},
		"not JSON":             {configMaps, jsonBody, "kind: ConfigMap", 400, unrecognized + "couldn't get version/kind; json parse error: invalid character 'k' looking for beginning of value (6b696e643a20436f6e6669674d6170)"},
		"long and no object":   {configMaps, jsonBody, "[" + strings.Repeat("1,", 20) + "1]", 400, unrecognized + `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b312c312c312c312c312c312c312c312c312c312c312c312c312c312c31 ...)`},
		"kind is a number":     {configMaps, jsonBody, `{"apiVersion":"v1","kind":7,"metadata":{"name":"x"}}`, 400, unrecognized + `couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"apiVersion":"v1","kind":7,"m ...)`},
		"version has slashes":  {configMaps, jsonBody, `{"apiVersion":"a/b/c","kind":"ConfigMap"}`, 400, unrecognized + `unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)`},
		"unknown kind":         {configMaps, jsonBody, `{"apiVersion":"v1","kind":"Nonsense"}`, 400, `Nonsense in version "v1" cannot be handled as a ConfigMap: no kind "Nonsense" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"`},
		"unknown version":      {configMaps, jsonBody, `{"apiVersion":"apps/v1","kind":"ConfigMap"}`, 400, `ConfigMap in version "v1" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "apps/v1" in scheme "pkg/runtime/scheme.go:111"`},
		"another kind":         {configMaps, jsonBody, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}`, 400, `Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion`},
		"wrong type":           {configMaps, jsonBody, `{"apiVersion":"v1","kind":"ConfigMap","data":{"k":5}}`, 400, `ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string`},
		"unknown field":        {strict, jsonBody, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"bogus":1}`, 400, `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "bogus"`},
		"repeated field":       {strict, jsonBody, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","name":"x"}}`, 400, `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name"`},
		"repeated in YAML":     {strict, yamlBody, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {k: a}\ndata: {k: b}\nbogus: 1\n", 400, "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 5: key \"data\" already set in map, unknown field \"bogus\""},
		"broken YAML":          {configMaps, yamlBody, "a: b: c", 400, unrecognized + "yaml: mapping values are not allowed in this context (613a20623a2063)"},
		"not protobuf":         {configMaps, protobuf, "{}", 400, unrecognized + "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})"},
		"other namespace":      {configMaps, jsonBody, `{"metadata":{"name":"x","namespace":"other"}}`, 400, "the namespace of the provided object does not match the namespace sent on the request"},
		"a version to begin":   {configMaps, jsonBody, `{"metadata":{"name":"x","resourceVersion":"5"}}`, 500, "resourceVersion should not be set on objects to be created"},
		"no name":              {configMaps, jsonBody, `{"metadata":{}}`, 422, `ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required`},
		"unqualified":          {configMaps, jsonBody, `{"metadata":{"name":"x","finalizers":["mine"]}}`, 422, `ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified`},
		"dryRun of what":       {configMaps + "?dryRun=Some", jsonBody, "{}", 422, `CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"`},
		"kind left out":        {configMaps, jsonBody, `{"metadata":{"name":"a1"}}`, 201, ""},
		"YAML":                 {configMaps, yamlBody, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a2\n", 201, ""},
		"protobuf":             {configMaps, protobuf, configMapProtobuf("a3"), 201, ""},
		"parameters are fine":  {configMaps, "application/json; charset=utf-8", `{"metadata":{"name":"a4"}}`, 201, ""},
		"cluster-wide, placed": {"/api/v1/namespaces", jsonBody, `{"metadata":{"name":"a5","namespace":"x"}}`, 201, ""},
	} {
		w := ask(s, "POST", c.url, c.body, "Content-Type", c.media)
		if w.Code != c.code {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, c.code)
			continue
		}
		if c.message == "" {
			continue
		}
		if got := statusOf(t, w); got.Message != c.message {
			t.Errorf("%s: got  %q\nwant %q", name, got.Message, c.message)
		}
	}
}
