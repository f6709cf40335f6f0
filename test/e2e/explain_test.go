package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/openapi/cached"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	explain "k8s.io/kubectl/pkg/explain/v2"

	"argosy.dev/test/e2e/cluster"
)

// "kubectl explain --recursive" of every resource in every version lists the fields that its Go type has, no more and no less, with
// their types, and each has a description where the type's source has one.
func TestExplain(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiregistrationv1.AddToScheme} {
		if err := add(types); err != nil {
			t.Fatal(err)
		}
	}
	client := c.API(t).Discovery()
	_, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	documents := cached.NewClient(client.OpenAPIV3()) // as kubectl has it
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		if gv.Group == "metrics.k8s.io" {
			continue // its types are not k8s.io/api's
		}
		described := descriptions(t, c, gv)
		for _, r := range list.APIResources {
			if strings.Contains(r.Name, "/") {
				continue
			}
			object, err := types.New(gv.WithKind(r.Kind))
			if err != nil {
				t.Errorf("%s: %v", r.Name, err)
				continue
			}
			var text bytes.Buffer
			if err := explain.PrintModelDescription(nil, &text, documents, gv.WithResource(r.Name), true, "plaintext"); err != nil {
				t.Errorf("explain %s: %v", r.Name, err)
				continue
			}
			var want []string
			explained(reflect.TypeOf(object).Elem(), 1, nil, &want)
			if got := fieldLines(text.String()); !slices.Equal(got, want) {
				t.Errorf("explain %s %s: %s", gv, r.Name, firstDifference(got, want))
			}
			described.check(t, reflect.TypeOf(object).Elem(), described.of(gv.WithKind(r.Kind)))
		}
	}
	// The program itself says the same.
	var text bytes.Buffer
	if err := explain.PrintModelDescription(nil, &text, documents, schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, true, "plaintext"); err != nil {
		t.Fatal(err)
	}
	equal(t, "explain", c.Kubectl(t, "explain", "deployments", "--recursive"), strings.TrimSpace(text.String()))
}

// fieldLines are the lines of fields, as kubectl explains them, without what it says of enumerations and what is required.
func fieldLines(text string) []string {
	var lines []string
	_, text, _ = strings.Cut(text, "\nFIELDS:\n")
	for line := range strings.Lines(text) {
		if name, of, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok {
			lines = append(lines, name+"\t"+strings.TrimSuffix(of, " -required-"))
		}
	}
	return lines
}

func firstDifference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("after %d fields, %q is missing", i, want[i])
		case i >= len(want):
			return fmt.Sprintf("after %d fields, %q is too many", i, got[i])
		case got[i] != want[i]:
			return fmt.Sprintf("field %d is %q, want %q, after %q", i, got[i], want[i], got[max(0, i-1)])
		}
	}
	return ""
}

// explained adds the lines of a type's fields.
func explained(t reflect.Type, level int, inside []reflect.Type, lines *[]string) {
	if slices.Contains(inside, t) {
		return
	}
	inside = append(inside, t)
	fields := fieldsOf(t)
	for _, f := range fields {
		*lines = append(*lines, strings.Repeat("  ", level)+f.name+"\t<"+typeName(f.of)+">")
		if of := insideOf(f.of); of.Kind() == reflect.Struct && !isValue(of) {
			explained(of, level+1, inside, lines)
		}
	}
}

type goField struct {
	name  string
	of    reflect.Type
	owner reflect.Type // the struct that it is written in
}

// fieldsOf are the fields of a struct as JSON has them, those of embedded structs among them, in order of their names.
func fieldsOf(t reflect.Type) []goField {
	var list []goField
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && (f.Anonymous || strings.Contains(options, "inline")):
			list = append(list, fieldsOf(f.Type)...)
		case name != "":
			list = append(list, goField{name, f.Type, t})
		}
	}
	slices.SortFunc(list, func(a, b goField) int { return strings.Compare(a.name, b.name) })
	return list
}

// insideOf is what a list, a map or a pointer holds.
func insideOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// isValue tells whether a struct writes itself, such as a time or a quantity: it has no fields to a reader.
func isValue(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(json.Unmarshaler)
	return ok
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return "[]" + typeName(t.Elem())
	case reflect.Map:
		return "map[string]" + typeName(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Struct:
		if t == reflect.TypeFor[metav1.Time]() || t == reflect.TypeFor[metav1.MicroTime]() {
			return "string"
		}
		return t.Name()
	}
	return t.String()
}

// definitions are the schemas of an OpenAPI document, by name.
type definitions map[string]*definition

type definition struct {
	Description          string                    `json:"description"`
	Ref                  string                    `json:"$ref"`
	Properties           map[string]*definition    `json:"properties"`
	Items                *definition               `json:"items"`
	AdditionalProperties *definition               `json:"additionalProperties"`
	AllOf                []*definition             `json:"allOf"`
	Kinds                []schema.GroupVersionKind `json:"x-kubernetes-group-version-kind"`
	checked              bool
}

func descriptions(t *testing.T, c *cluster.Cluster, gv schema.GroupVersion) definitions {
	t.Helper()
	path := "apis/" + gv.String()
	if gv.Group == "" {
		path = "api/" + gv.Version
	}
	raw, err := c.API(t).Discovery().RESTClient().Get().AbsPath("/openapi/v3/" + path).Do(t.Context()).Raw()
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Components struct{ Schemas definitions } }
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	return document.Components.Schemas
}

func (all definitions) of(gvk schema.GroupVersionKind) *definition {
	for _, d := range all {
		if slices.Contains(d.Kinds, gvk) {
			return d
		}
	}
	return nil
}

// resolve follows references, and looks into lists and maps.
func (all definitions) resolve(d *definition) *definition {
	for d != nil {
		switch {
		case d.Ref != "":
			d = all[strings.TrimPrefix(d.Ref, "#/components/schemas/")]
		case len(d.AllOf) == 1:
			d = d.AllOf[0]
		case d.Items != nil:
			d = d.Items
		case d.AdditionalProperties != nil:
			d = d.AdditionalProperties
		default:
			return d
		}
	}
	return nil
}

// check wants the description of every field to be the one that its source has.
func (all definitions) check(t *testing.T, of reflect.Type, d *definition) {
	if d == nil {
		t.Errorf("%v is not in the document", of)
		return
	}
	if d.checked {
		return
	}
	d.checked = true
	for _, f := range fieldsOf(of) {
		property := d.Properties[f.name]
		if property == nil {
			t.Errorf("%v has no field %s", of, f.name)
			continue
		}
		if said, ok := reflect.New(f.owner).Interface().(interface{ SwaggerDoc() map[string]string }); ok && said.SwaggerDoc()[f.name] != "" && property.Description == "" {
			t.Errorf("%v.%s has no description; its source says %q", of, f.name, said.SwaggerDoc()[f.name])
		}
		if inner := insideOf(f.of); inner.Kind() == reflect.Struct && !isValue(inner) {
			all.check(t, inner, all.resolve(property))
		}
	}
}
