package leftovers

import (
	"reflect"
	"testing"
)

func TestSince(t *testing.T) {
	before := Snapshot{"mounts": {"a", "b", "b"}, "links": {"lo"}}
	after := Snapshot{"mounts": {"b", "a", "b", "b", "c"}, "links": {"lo"}}
	left := after.Since(before)
	if want := (Snapshot{"mounts": {"b", "c"}}); !reflect.DeepEqual(left, want) {
		t.Errorf("%v, want %v", left, want)
	}
	if left.Empty() || !before.Since(after).Empty() {
		t.Error("Empty is wrong")
	}
}

func TestTakeSeesThisMachine(t *testing.T) {
	s, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	if len(s["mounts"]) == 0 {
		t.Error("no mounts at all")
	}
}
