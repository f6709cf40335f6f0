package kindtest

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

// take does to an object what is done before a new one is validated.
func take(kind *kinds.Kind, obj kinds.Object) {
	if kind.Default != nil {
		kind.Default(obj)
	}
	if kind.PrepareCreate != nil {
		kind.PrepareCreate(obj)
	}
}

// check tells all that is wrong with a new object, its name included.
func check(kind *kinds.Kind, obj kinds.Object) field.ErrorList {
	name := validation.ValidateNameFunc(validation.NameIsDNSSubdomain)
	if kind.Name != nil {
		name = kind.Name
	}
	var errs field.ErrorList
	for _, msg := range name(obj.GetName(), false) {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), obj.GetName(), msg))
	}
	if kind.Validate != nil {
		errs = append(errs, kind.Validate(obj)...)
	}
	return errs
}

func valid(t *testing.T, kind *kinds.Kind) {
	found := 0
	examples(t, "valid/*.yaml", func(t *testing.T, file string) {
		found++
		obj := readOne(t, kind, file)
		take(kind, obj)
		if errs := check(kind, obj); len(errs) > 0 {
			t.Errorf("refused:\n%s", lines(errs))
		}
		// Written back unchanged it is as good, and no new generation.
		again := copyOf(obj)
		if kind.PrepareUpdate != nil {
			kind.PrepareUpdate(again, obj)
		}
		same(t, "writing it back", obj, again)
		if kind.ValidateUpdate != nil {
			if errs := kind.ValidateUpdate(again, obj); len(errs) > 0 {
				t.Errorf("refused when written back unchanged:\n%s", lines(errs))
			}
		}
	})
	if found == 0 {
		t.Error("testdata/valid has no example")
	}
}

func invalid(t *testing.T, kind *kinds.Kind) {
	examples(t, "invalid/*.yaml", func(t *testing.T, file string) {
		obj := readOne(t, kind, file)
		take(kind, obj)
		errs := check(kind, obj)
		if len(errs) == 0 {
			t.Error("accepted")
		}
		compare(t, file, ".errors", lines(errs))
	})
}

func updates(t *testing.T, kind *kinds.Kind) {
	examples(t, "update/*.yaml", func(t *testing.T, file string) {
		list := read(t, kind, file)
		if len(list) != 2 {
			t.Fatalf("%s: holds %d objects, want one before and one after the change", file, len(list))
		}
		old, obj := list[0], list[1]
		take(kind, old)
		if kind.Default != nil {
			kind.Default(obj)
		}
		if kind.PrepareUpdate != nil {
			kind.PrepareUpdate(obj, old)
		}
		var errs field.ErrorList
		switch {
		case kind.ValidateUpdate != nil:
			errs = kind.ValidateUpdate(obj, old)
		case kind.Validate != nil:
			errs = kind.Validate(obj)
		}
		compare(t, file, ".errors", lines(errs))
	})
}

// through is updates for the subresources that are a part of the object: status/*.yaml and the like.
func through(t *testing.T, kind *kinds.Kind) {
	for _, s := range kind.Subresources {
		if s.Prepare == nil {
			continue
		}
		examples(t, s.Name+"/*.yaml", func(t *testing.T, file string) {
			list := read(t, kind, file)
			if len(list) != 2 {
				t.Fatalf("%s: holds %d objects, want one before and one after the change", file, len(list))
			}
			old, obj := list[0], list[1]
			if kind.Default != nil {
				kind.Default(old)
				kind.Default(obj)
			}
			s.Prepare(obj, old)
			var errs field.ErrorList
			switch {
			case s.Validate != nil:
				errs = s.Validate(obj, old)
			case kind.ValidateUpdate != nil:
				errs = kind.ValidateUpdate(obj, old)
			}
			compare(t, file, ".errors", lines(errs))
		})
	}
}

func defaults(t *testing.T, kind *kinds.Kind) {
	examples(t, "defaults/*.yaml", func(t *testing.T, file string) {
		obj := readOne(t, kind, file)
		take(kind, obj)
		text, err := yaml.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, file, ".golden", string(text))
	})
}
