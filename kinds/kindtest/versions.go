package kindtest

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"argosy.dev/kinds"
)

// versions checks that a kind's other versions are what they say, that conversions change nothing of what they are given, and that the
// valid examples survive the way there and back.
func versions(t *testing.T, kind *kinds.Kind) {
	for i := range kind.Versions {
		v := &kind.Versions[i]
		gvk := v.GroupVersion(kind).WithKind(kind.GVK.Kind)
		t.Run(gvk.GroupVersion().String(), func(t *testing.T) {
			if gvks, _, err := scheme.Scheme.ObjectKinds(v.New()); err != nil || !slices.Contains(gvks, gvk) {
				t.Errorf("New makes %v (%v), want %v", gvks, err, gvk)
			}
			list := gvk
			list.Kind += "List"
			if gvks, _, err := scheme.Scheme.ObjectKinds(v.NewList()); err != nil || !slices.Contains(gvks, list) {
				t.Errorf("NewList makes %v (%v), want %v", gvks, err, list)
			}
			eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
				if kind.Default != nil {
					kind.Default(obj)
				}
				thereAndBack(t, kind, v, obj)
			})
			examples(t, "valid/*.yaml", func(t *testing.T, file string) {
				obj := readOne(t, kind, file)
				take(kind, obj)
				obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
				same(t, "there and back", obj, thereAndBack(t, kind, v, obj))
			})
		})
	}
}

func thereAndBack(t *testing.T, kind *kinds.Kind, v *kinds.Version, obj kinds.Object) kinds.Object {
	t.Helper()
	before := copyOf(obj)
	shown, err := v.FromStored(obj)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "converting from what is stored", before, obj)
	if v.Default != nil {
		v.Default(shown)
	}
	before = copyOf(shown)
	back, err := v.ToStored(shown)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "converting to what is stored", before, shown)
	if kind.Default != nil {
		kind.Default(back)
	}
	return back
}
