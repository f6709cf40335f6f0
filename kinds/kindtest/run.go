package kindtest

import (
	"slices"
	"testing"

	"argosy.dev/kinds"
)

// Run puts a kind to all tests.
func Run(t *testing.T, kind *kinds.Kind) {
	t.Run("descriptor", func(t *testing.T) { descriptor(t, kind) })
	t.Run("round trip", func(t *testing.T) { roundTrip(t, kind) })
	t.Run("versions", func(t *testing.T) { versions(t, kind) })
	t.Run("defaults are idempotent", func(t *testing.T) { idempotent(t, kind) })
	t.Run("functions do not mutate", func(t *testing.T) { unchanged(t, kind) })
	t.Run("status and spec are kept apart", func(t *testing.T) { apart(t, kind) })
	t.Run("grace", func(t *testing.T) { grace(t, kind) })
	t.Run("views", func(t *testing.T) { views(t, kind) })
	t.Run("valid", func(t *testing.T) { valid(t, kind) })
	t.Run("invalid", func(t *testing.T) { invalid(t, kind) })
	t.Run("update", func(t *testing.T) { updates(t, kind) })
	t.Run("subresources", func(t *testing.T) { through(t, kind) })
	t.Run("defaults", func(t *testing.T) { defaults(t, kind) })
	t.Run("table", func(t *testing.T) { table(t, kind) })
}

// RunAnswered puts a kind whose objects are questions, and are not kept, to the tests that make sense for it.
func RunAnswered(t *testing.T, kind *kinds.Kind) {
	if !kind.Answered || !slices.Equal(kind.Verbs, []string{"create"}) || len(kind.Subresources) > 0 || kind.Forward != "" {
		t.Errorf("%s is described as more than a question", kind.GVK.Kind)
	}
	t.Run("round trip", func(t *testing.T) { roundTrip(t, kind) })
	t.Run("defaults are idempotent", func(t *testing.T) { idempotent(t, kind) })
	t.Run("functions do not mutate", func(t *testing.T) { unchanged(t, kind) })
	t.Run("valid", func(t *testing.T) {
		examples(t, "valid/*.yaml", func(t *testing.T, file string) {
			obj := readOne(t, kind, file)
			if errs := kind.Validate(obj); len(errs) > 0 {
				t.Errorf("refused:\n%s", lines(errs))
			}
		})
	})
	t.Run("invalid", func(t *testing.T) {
		examples(t, "invalid/*.yaml", func(t *testing.T, file string) {
			errs := kind.Validate(readOne(t, kind, file))
			if len(errs) == 0 {
				t.Error("accepted")
			}
			compare(t, file, ".errors", lines(errs))
		})
	})
}

// RunComputed puts a kind whose objects are made for each reader to the tests that make sense for it.
func RunComputed(t *testing.T, kind *kinds.Kind) {
	if !kind.Computed || !slices.Equal(kind.Verbs, []string{"get", "list"}) || len(kind.Subresources) > 0 || kind.Validate != nil || kind.Default != nil {
		t.Errorf("%s is described as more than what is read", kind.GVK.Kind)
	}
	t.Run("descriptor", func(t *testing.T) { descriptor(t, kind) })
	t.Run("round trip", func(t *testing.T) { roundTrip(t, kind) })
	t.Run("table", func(t *testing.T) { table(t, kind) })
}
