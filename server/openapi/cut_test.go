package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// few serves some of the core and one other group, as a server under construction does.
func few() Options {
	resources := []string{
		"v1/pods", "v1/pods/status", "v1/configmaps", "v1/namespaces", "v1/namespaces/finalize",
		"scheduling.k8s.io/v1/priorityclasses",
	}
	return Options{
		Resource: func(group, version, resource string) bool {
			if group != "" {
				version = group + "/" + version
			}
			return slices.Contains(resources, version+"/"+resource)
		},
		Path: func(path string) bool { return path == "/version" },
	}
}

func TestIndexListsWhatIsServed(t *testing.T) {
	got := slices.Sorted(maps.Keys(indexOf(t, New(few()))))
	want := []string{"api", "api/v1", "apis", "apis/scheduling.k8s.io", "apis/scheduling.k8s.io/v1", "version"}
	if !slices.Equal(got, want) {
		t.Errorf("the index lists %v, want %v", got, want)
	}
	if got, want := len(indexOf(t, New(Options{}))), len(builtin)-1; got != want {
		t.Errorf("the index of a server of everything lists %d documents of %d", got, want)
	}
	if got := slices.Sorted(maps.Keys(indexOf(t, New(Options{
		Resource: func(_, _, _ string) bool { return false },
		Path:     func(string) bool { return false },
	})))); !slices.Equal(got, []string{"apis"}) {
		t.Errorf("the index of a server of nothing lists %v", got)
	}
}

func TestDocumentsDescribeWhatIsServed(t *testing.T) {
	d := New(few())
	var v3 documentV3
	decode(t, get(t, d, "/openapi/v3/api/v1").Body, &v3)
	want := []string{
		"/api/v1/", "/api/v1/configmaps", "/api/v1/namespaces", "/api/v1/namespaces/{namespace}/configmaps",
		"/api/v1/namespaces/{namespace}/configmaps/{name}", "/api/v1/namespaces/{namespace}/pods",
		"/api/v1/namespaces/{namespace}/pods/{name}", "/api/v1/namespaces/{namespace}/pods/{name}/status",
		"/api/v1/namespaces/{name}", "/api/v1/namespaces/{name}/finalize", "/api/v1/pods",
		"/api/v1/watch/configmaps", "/api/v1/watch/namespaces", "/api/v1/watch/namespaces/{namespace}/configmaps",
		"/api/v1/watch/namespaces/{namespace}/configmaps/{name}", "/api/v1/watch/namespaces/{namespace}/pods",
		"/api/v1/watch/namespaces/{namespace}/pods/{name}", "/api/v1/watch/namespaces/{name}", "/api/v1/watch/pods",
	}
	if got := slices.Sorted(maps.Keys(v3.Paths)); !slices.Equal(got, want) {
		t.Errorf("api/v1 has the paths\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, described := range map[string]bool{"Pod": true, "PodSpec": true, "ConfigMapList": true, "Secret": false, "NodeSpec": false} {
		if _, got := v3.Components.Schemas["io.k8s.api.core.v1."+name]; got != described {
			t.Errorf("api/v1 describes %s: %v", name, got)
		}
	}

	var v2 documentV2
	decode(t, get(t, d, "/openapi/v2").Body, &v2)
	for path := range v2.Paths {
		parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
		core := parts[0] == "api" || path == "/apis/" || path == "/version/"
		if !core && parts[1] != "scheduling.k8s.io" {
			t.Errorf("v2 has %s", path)
		}
	}
	if got, want := len(v2.Paths), len(want)+len([]string{"/api/", "/apis/", "/version/", "/apis/scheduling.k8s.io/"})+5; got != want {
		t.Errorf("v2 has %d paths, want %d", got, want)
	}
	for _, name := range []string{"io.k8s.api.apps.v1.Deployment", "io.k8s.api.core.v1.Secret"} {
		if _, ok := v2.Definitions[name]; ok {
			t.Errorf("v2 describes %s", name)
		}
	}
}

func TestHashTellsOfWhatIsServed(t *testing.T) {
	all, some, again := indexOf(t, New(Options{})), indexOf(t, New(few())), indexOf(t, New(few()))
	if all["api/v1"] == some["api/v1"] {
		t.Error("the hash of api/v1 is the same with fewer resources")
	}
	if some["api/v1"] != again["api/v1"] {
		t.Error("the hash of api/v1 differs between two servers of the same resources")
	}
	if all["apis/scheduling.k8s.io/v1"] != some["apis/scheduling.k8s.io/v1"] {
		t.Error("the hash of scheduling.k8s.io/v1, all of which is served, is not the stored document's")
	}
}

// Every path must find its way back to the resource that it was made from, or cutting would miss it.
func TestEveryPathIsOfAResource(t *testing.T) {
	d := New(Options{})
	for _, s := range builtin {
		if s.version == "" {
			continue
		}
		found := map[string]bool{}
		c := newCut(Options{})
		c.options.Resource = func(group, version, resource string) bool {
			found[resource] = true
			if group != s.group || version != s.version || !slices.Contains(s.resources, resource) {
				t.Errorf("a path in %s is taken for %s in %s/%s", s.path, resource, group, version)
			}
			return true
		}
		var doc documentV3
		decode(t, get(t, d, "/openapi/v3/"+s.path).Body, &doc)
		for path := range doc.Paths {
			c.keeps(path)
		}
		for _, resource := range s.resources {
			if !found[resource] {
				t.Errorf("%s has no path of %s", s.path, resource)
			}
		}
	}
}

func TestReferencesResolve(t *testing.T) {
	for name, options := range map[string]Options{"everything": {}, "few": few()} {
		t.Run(name, func(t *testing.T) {
			d := New(options)
			for path := range indexOf(t, d) {
				resolve(t, path, read(t, get(t, d, "/openapi/v3/"+path).Body))
			}
			resolve(t, "v2", read(t, get(t, d, "/openapi/v2").Body))
		})
	}
}

// resolve follows every $ref of a document to its end, and sees that no component is left that nothing refers to.
func resolve(t *testing.T, name, document string) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	followed := map[string]bool{}
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !followed[ref] {
				followed[ref] = true
				var target any = doc
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					target = target.(map[string]any)[part]
				}
				if target == nil {
					t.Errorf("%s: %s leads nowhere", name, ref)
				}
				visit(target)
			}
			for _, child := range v {
				visit(child)
			}
		case []any:
			for _, child := range v {
				visit(child)
			}
		}
	}
	visit(doc["paths"])
	components := map[string]any{}
	maps.Copy(components, asMap(doc["definitions"]))
	maps.Copy(components, asMap(doc["parameters"]))
	maps.Copy(components, asMap(asMap(doc["components"])["schemas"]))
	if len(followed) != len(components) {
		t.Errorf("%s: %d components, of which %d are referred to", name, len(components), len(followed))
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
