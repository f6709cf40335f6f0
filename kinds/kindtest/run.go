package kindtest

import (
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
