package nonsense

import (
	"reflect"
	"strings"
	"testing"
)

type node struct {
	Name  string           `json:"name"`
	Next  *node            `json:"next,omitempty"`
	List  []int            `json:"list"`
	Map   map[string]inner `json:"map"`
	Bytes []byte           `json:"bytes"`
	inner `json:",inline"`
	Never int `json:"-"`
}

type inner struct {
	Deep string `json:"deep"`
}

func TestPaths(t *testing.T) {
	var got []string
	for _, p := range Paths(reflect.TypeFor[*node]()) {
		got = append(got, strings.Join(p, "."))
	}
	const once = "list list.0 map map.k map.k.deep bytes deep"
	nested := "next.name next.next next." + strings.ReplaceAll(once, " ", " next.")
	if want := "name next " + nested + " " + once; strings.Join(got, " ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestWith(t *testing.T) {
	object := map[string]any{"a": map[string]any{"b": []any{"x", "y"}}}
	for path, want := range map[string]string{
		"a": `{"a":}}`, "a.b.0": `{"a":{"b":[},"y"]}}`, "a.b.0.c": `{"a":{"b":[{"c":}},"y"]}}`, "c.0.k": `{"a":{"b":["x","y"]},"c":[{"k":}}]}`,
	} {
		if got, err := With(object, strings.Split(path, "."), "}"); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", path, got, err, want)
		}
	}
	if got, err := With(nil, []string{"a", "0"}, "1"); err != nil || got != `{"a":[1]}` {
		t.Errorf("in nothing: %s, %v", got, err)
	}
}

func TestExamples(t *testing.T) {
	all, err := Examples("../..")
	if err != nil || len(all) < 50 {
		t.Errorf("%d examples, %v", len(all), err)
	}
}
