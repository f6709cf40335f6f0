package binding

import (
	"slices"
	"testing"
)

// What forwards stores nothing, so that there is nothing but a create to answer.
func TestNothingIsKept(t *testing.T) {
	k := Kind()
	if k.Forward == "" || !slices.Equal(k.Verbs, []string{"create"}) || k.NewList != nil {
		t.Errorf("a binding is described as %+v, want one that is carried out and forgotten", k)
	}
}
