package webhook

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestURL(t *testing.T) {
	path := field.NewPath("url")
	for text, want := range map[string][]string{
		"https://host/path":       nil,
		"https://host:8443":       nil,
		"http://host":             {"'https' is the only"},
		"":                        {"'https' is the only", "host must be specified"},
		"https:///path":           {"host must be specified"},
		"https://me:secret@host/": {"user information"},
		"https://host/#x":         {"fragments"},
		"https://host/?x=y":       {"query parameters"},
		"https://%zz":             {"must be a valid URL"},
	} {
		match(t, text, URL(text, path), want)
	}
}

func TestService(t *testing.T) {
	path := field.NewPath("service")
	port := func(n int32) *int32 { return &n }
	at := func(p string) Service { return Service{Namespace: "n", Name: "s", Path: &p} }
	for name, c := range map[string]struct {
		service Service
		want    []string
	}{
		"whole":         {at("/a/b.c/"), nil},
		"root":          {at("/"), nil},
		"no path":       {at(""), nil},
		"nothing":       {Service{}, []string{"service.name: Required", "service.namespace: Required"}},
		"bad port":      {Service{Namespace: "n", Name: "s", Port: port(0)}, []string{"port is not valid"}},
		"relative":      {at("a/b"), []string{"must start with a '/'", "segment[0] may not be empty"}},
		"empty segment": {at("/a//b"), []string{"segment[1] may not be empty"}},
		"backsteps":     {at("/../x"), []string{"segment[0]: a lowercase"}},
	} {
		match(t, name, c.service.Validate(path), c.want)
	}
}

func match(t *testing.T, name string, errs field.ErrorList, want []string) {
	t.Helper()
	if len(errs) != len(want) {
		t.Errorf("%q: got %v, want %q", name, errs, want)
		return
	}
	for i := range want {
		if !strings.Contains(errs[i].Error(), want[i]) {
			t.Errorf("%q: got %v, want %q", name, errs[i], want[i])
		}
	}
}
