package garbage

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
)

func object(name string, finalizers ...string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Finalizers: finalizers}}
}

func going(obj *metav1.PartialObjectMetadata) *metav1.PartialObjectMetadata {
	obj.DeletionTimestamp = &metav1.Time{}
	return obj
}

func owner(uid string, s Standing) Reference {
	return Reference{metav1.OwnerReference{UID: types.UID(uid)}, s}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		name       string
		obj        client.Object
		owners     []Reference
		dependents []client.Object
		want       string
	}{
		{"no owner", object("o"), nil, nil, "delete \"\", release [], unblock false"},
		{"an owner is there", object("o"), []Reference{owner("a", Present)}, nil, "delete \"\", release [], unblock false"},
		{"the owner is gone", object("o"), []Reference{owner("a", Absent)}, nil, "delete \"Background\", release [], unblock false"},
		{"gone already", going(object("o")), []Reference{owner("a", Absent)}, nil, "delete \"\", release [], unblock false"},
		{"one of two is gone", object("o"), []Reference{owner("a", Absent), owner("b", Present)}, nil, "delete \"\", release [a], unblock false"},
		{"one of two goes", object("o"), []Reference{owner("a", Going), owner("b", Present)}, nil, "delete \"\", release [a], unblock false"},
		{"nobody knows", object("o"), []Reference{owner("a", Absent), owner("b", Unknown)}, nil, "delete \"\", release [], unblock false"},
		{"the owner waits", object("o"), []Reference{owner("a", Going)}, nil, "delete \"Background\", release [], unblock false"},
		{"the owner waits, and there is more below", object("o"), []Reference{owner("a", Going)}, []client.Object{object("p")}, "delete \"Foreground\", release [], unblock false"},
		{"in a circle", object("o"), []Reference{owner("a", Going)}, []client.Object{going(object("a", metav1.FinalizerDeleteDependents))}, "delete \"Foreground\", release [], unblock true"},
		{"it leaves its dependents behind", object("o", metav1.FinalizerOrphanDependents), []Reference{owner("a", Absent)}, nil, "delete \"Orphan\", release [], unblock false"},
		{"it waits for its dependents", object("o", metav1.FinalizerDeleteDependents), []Reference{owner("a", Absent)}, nil, "delete \"Foreground\", release [], unblock false"},
	} {
		a := Decide(c.obj, c.owners, c.dependents)
		if got := fmt.Sprintf("delete %q, release %v, unblock %v", a.Delete, a.Release, a.Unblock); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	refs := []metav1.OwnerReference{{UID: "a", BlockOwnerDeletion: new(true)}, {UID: "b"}}
	obj := object("o")
	obj.OwnerReferences = refs
	if !blocks(obj, "a") || blocks(obj, "b") || blocks(obj, "c") {
		t.Error("only the first reference blocks")
	}
	if left := without(refs, "a"); len(left) != 1 || left[0].UID != "b" {
		t.Errorf("without a: %v", left)
	}
	if left := without(refs, "a", "b"); left == nil || len(left) != 0 {
		t.Errorf("no references are an empty list in a patch, not nothing: %v", left)
	}
	if free := unblocked(refs); *free[0].BlockOwnerDeletion || !*refs[0].BlockOwnerDeletion {
		t.Error("the copy must not block, the original must not change")
	}
}
