package kindtest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"argosy.dev/kinds"
)

var knownVerbs = append(slices.Clone(kinds.AllVerbs), "proxy")

// descriptor checks that a kind's description agrees with itself and with the API's types.
func descriptor(t *testing.T, kind *kinds.Kind) {
	// What another group's kind has the name of already has none of its own.
	nameless := kind.Computed && kind.Singular == ""
	if kind.Resource != strings.ToLower(kind.Resource) || !nameless && kind.Singular != strings.ToLower(kind.GVK.Kind) {
		t.Errorf("resource %q, singular %q do not suit the kind %s", kind.Resource, kind.Singular, kind.GVK.Kind)
	}
	known := newScheme()
	if gvks, _, err := known.ObjectKinds(kind.New()); err != nil || !slices.Contains(gvks, kind.GVK) {
		t.Errorf("New makes %v (%v), want %v", gvks, err, kind.GVK)
	}
	listGVK := kind.GVK
	listGVK.Kind += "List"
	if gvks, _, err := known.ObjectKinds(kind.NewList()); err != nil || !slices.Contains(gvks, listGVK) {
		t.Errorf("NewList makes %v (%v), want %v", gvks, err, listGVK)
	}
	items := reflect.ValueOf(kind.NewList()).Elem().FieldByName("Items")
	if !items.IsValid() || items.Kind() != reflect.Slice || items.Type().Elem() != reflect.TypeOf(kind.New()).Elem() {
		t.Errorf("the list has no Items of the kind")
	}
	for _, verb := range kind.Verbs {
		if !slices.Contains(knownVerbs, verb) {
			t.Errorf("there is no verb %q", verb)
		}
	}
	if kind.ValidateUpdate != nil && kind.Validate == nil {
		t.Error("updates are validated, but not what is new")
	}
	subresources(t, kind)
	columns(t, kind.Columns, kind)
}

// subresources checks that each has one of the shapes that kinds.Subresource describes, and only one.
func subresources(t *testing.T, kind *kinds.Kind) {
	seen := map[string]bool{}
	for i := range kind.Subresources {
		s := &kind.Subresources[i]
		if seen[s.Name] {
			t.Errorf("subresource %s is there twice", s.Name)
		}
		seen[s.Name] = true
		part, view, action := s.Prepare != nil, s.View != nil && s.Merge != nil, s.View == nil && s.Merge != nil
		shapes := 0
		for _, is := range []bool{part, view, action, s.Delete != nil, s.Answered, s.Connect} {
			if is {
				shapes++
			}
		}
		if shapes != 1 {
			t.Errorf("subresource %s has %d shapes, want one", s.Name, shapes)
		}
		if len(s.Verbs) == 0 {
			t.Errorf("subresource %s answers nothing", s.Name)
		}
		if !part && (s.GVK.Kind == "" || s.New == nil) {
			t.Errorf("subresource %s has a body of no kind", s.Name)
		}
	}
}

// undescribed are the columns, by kind, that have no description in upstream's tables either.
var undescribed = map[string]string{"RuntimeClass": "Handler"}

// columns checks that every cell of an empty object has a type that fits its column.
func columns(t *testing.T, list []kinds.Column, kind *kinds.Kind) {
	names := map[string]bool{}
	for _, c := range list {
		if names[c.Name] || c.Name == "" {
			t.Errorf("column %q has no name of its own", c.Name)
		}
		names[c.Name] = true
		if c.Description == "" && undescribed[kind.GVK.Kind] != c.Name {
			t.Errorf("column %s has no description", c.Name)
		}
		switch v := c.Value(kind.New(), time.Unix(0, 0)).(type) {
		case string, int64, bool, float64:
			// Truths that may be unset are printed as words, and dates are text.
			if _, text := v.(string); text && c.Type != "string" && c.Type != "boolean" && c.Type != "date" {
				t.Errorf("column %s is of type %s, but holds the string %q", c.Name, c.Type, v)
			}
		default:
			t.Errorf("column %s holds a %T, want a string, int64, bool or float64", c.Name, v)
		}
	}
}
