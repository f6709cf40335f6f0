package rules

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestIntOrPercent(t *testing.T) {
	path := field.NewPath("x")
	for text, wrong := range map[string]int{"1": 1, "1%": 0, "%": 1, "-1%": 1, "200%": 0, "": 1} {
		if errs := IntOrPercent(intstr.FromString(text), path); len(errs) != wrong {
			t.Errorf("%q: %v", text, errs)
		}
	}
	if errs := IntOrPercent(intstr.FromInt32(-1), path); len(errs) != 1 {
		t.Errorf("-1: %v", errs)
	}
	if errs := AtMostWhole(intstr.FromString("101%"), path); len(errs) != 1 {
		t.Errorf("101%%: %v", errs)
	}
	if errs := AtMostWhole(intstr.FromInt32(101), path); len(errs) != 0 {
		t.Errorf("101: %v", errs)
	}
}

func TestResources(t *testing.T) {
	for name, is := range map[string]struct{ native, extended, standard, whole bool }{
		"cpu":                 {native: true, standard: true},
		"pods":                {native: true, standard: true, whole: true},
		"gpu":                 {native: true},
		"hugepages-2Mi":       {native: true, standard: true},
		"kubernetes.io/x":     {native: true},
		"example.com/card":    {extended: true, whole: true},
		"requests.example/x":  {},
		"not valid!/resource": {},
	} {
		if got := NativeResource(name); got != is.native {
			t.Errorf("%s native: %v", name, got)
		}
		if got := ExtendedResource(name); got != is.extended {
			t.Errorf("%s extended: %v", name, got)
		}
		if got := StandardResource(name); got != is.standard {
			t.Errorf("%s standard: %v", name, got)
		}
		if got := WholeResource(name); got != is.whole {
			t.Errorf("%s whole: %v", name, got)
		}
	}
	if errs := ResourceValue("example.com/card", resource.MustParse("1500m"), field.NewPath("x")); len(errs) != 1 {
		t.Errorf("half a card: %v", errs)
	}
}

func TestPathSegment(t *testing.T) {
	for name, wrong := range map[string]int{"a": 0, "A b!": 0, ".": 1, "..": 1, "a/b": 1, "%/": 2} {
		if got := PathSegment(name, false); len(got) != wrong {
			t.Errorf("%q: %v", name, got)
		}
	}
	if got := PathSegment(".", true); len(got) != 0 {
		t.Errorf("as a prefix: %v", got)
	}
}

func TestEndpointIP(t *testing.T) {
	for ip, wrong := range map[string]int{"192.0.2.1": 0, "fd00::1": 0, "0.0.0.0": 1, "127.0.0.1": 1, "169.254.1.1": 1, "ff02::1": 1, "x": 1} {
		if errs := EndpointIP(ip, field.NewPath("x")); len(errs) != wrong {
			t.Errorf("%s: %v", ip, errs)
		}
	}
}

func TestCapitalized(t *testing.T) {
	in := json.RawMessage(`[{"ip":"10.0.0.1","maxUnavailable":null,"éa":[1.50,true,{"b":{}}]}]`)
	got, err := json.Marshal(Capitalized(in))
	if want := `[{"IP":"10.0.0.1","MaxUnavailable":null,"Éa":[1.50,true,{"B":{}}]}]`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}
