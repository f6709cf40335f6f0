package kindtest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"argosy.dev/kinds"
)

// idempotent checks that defaulting what is defaulted changes nothing.
func idempotent(t *testing.T, kind *kinds.Kind) {
	if kind.Default == nil {
		return
	}
	eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
		kind.Default(obj)
		again := copyOf(obj)
		kind.Default(again)
		same(t, "defaulting twice", obj, again)
	})
}

// unchanged calls everything that only looks at objects, and checks that it only looks; none may panic.
func unchanged(t *testing.T, kind *kinds.Kind) {
	eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
		old := random(kind, int64(len(t.Name())))
		if kind.Default != nil {
			kind.Default(obj)
			kind.Default(old)
		}
		objBefore, oldBefore := copyOf(obj), copyOf(old)
		look(kind, obj, old)
		same(t, "looking at the object", objBefore, obj)
		same(t, "looking at the old object", oldBefore, old)
		if kind.Generation == nil {
			return
		}
		if was := asStored(t, kind, obj); kind.Generation(copyOf(was), was) {
			t.Error("an object that did not change has a new generation")
		}
	})
}

// asStored makes an object as the store gives it back: without lists that are there but empty.
func asStored(t *testing.T, kind *kinds.Kind, obj kinds.Object) kinds.Object {
	t.Helper()
	text, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	was := kind.New()
	if err := json.Unmarshal(text, was); err != nil {
		t.Fatal(err)
	}
	return was
}

func look(kind *kinds.Kind, obj, old kinds.Object) {
	if kind.Validate != nil {
		kind.Validate(obj)
	}
	if kind.ValidateUpdate != nil {
		kind.ValidateUpdate(obj, old)
	}
	if kind.Warnings != nil {
		kind.Warnings(obj, nil)
		kind.Warnings(obj, old)
	}
	if kind.Generation != nil {
		kind.Generation(obj, old)
	}
	if kind.Lazy != nil {
		kind.Lazy(obj, nil)
		kind.Lazy(obj, old)
	}
	if kind.TTL != nil {
		kind.TTL(obj)
	}
	if kind.KeepWhileFinalizing != nil {
		kind.KeepWhileFinalizing(obj)
	}
	if kind.RowConditions != nil {
		kind.RowConditions(obj)
	}
	for _, f := range kind.Fields {
		f(obj)
	}
	for _, f := range kind.Indexes {
		f(obj)
	}
	for _, c := range kind.Columns {
		c.Value(obj, time.Unix(0, 0))
	}
	for _, s := range kind.Subresources {
		if s.Validate != nil {
			s.Validate(obj, old)
		}
		if s.View != nil {
			_, _ = s.View(obj)
		}
	}
}

// apart checks that the main resource does not change the status, nor the status subresource the specification.
func apart(t *testing.T, kind *kinds.Kind) {
	status, ok := kind.Subresource("status")
	if !ok {
		return
	}
	if part(kind.New(), "Status") == nil || part(kind.New(), "Spec") == nil {
		t.Fatal("the kind has a status subresource, but no Spec and Status")
	}
	eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
		old := random(kind, 1000+int64(len(t.Name())))
		oldBefore := copyOf(old)
		through := copyOf(obj)
		kind.PrepareUpdate(through, old)
		same(t, "the status after an update through the main resource", part(old, "Status"), part(through, "Status"))

		through = copyOf(obj)
		status.Prepare(through, old)
		same(t, "the specification after an update through the status", part(old, "Spec"), part(through, "Spec"))
		same(t, "the old object", oldBefore, old)
	})
}

func part(obj kinds.Object, name string) any {
	f := reflect.ValueOf(obj).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	return f.Interface()
}

// grace checks that deletion takes no negative time, and none where none is wanted.
func grace(t *testing.T, kind *kinds.Kind) {
	if kind.Grace == nil {
		return
	}
	eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
		if got := kind.Grace(obj, new(int64(0))); got != 0 {
			t.Errorf("no grace was wanted, got %d s", got)
		}
		for _, wanted := range []*int64{nil, new(int64(-5)), new(int64(30))} {
			if got := kind.Grace(obj, wanted); got < 0 {
				t.Errorf("got a grace of %d s", got)
			}
		}
	})
}

// views checks that what a view shows can be put back, and changes nothing.
func views(t *testing.T, kind *kinds.Kind) {
	for _, s := range kind.Subresources {
		if s.View == nil {
			continue
		}
		shown := 0
		eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
			if kind.Default != nil {
				kind.Default(obj)
			}
			body, err := s.View(obj)
			if err != nil {
				return // some random objects cannot be shown, such as those with a broken selector
			}
			if gvk := body.GetObjectKind().GroupVersionKind(); gvk != s.GVK {
				t.Errorf("%s shows a %v, want a %v", s.Name, gvk, s.GVK)
			}
			after := copyOf(obj)
			if s.Merge(after, body) != nil {
				return // others hold what nobody may write, such as a negative count
			}
			shown++
			same(t, s.Name, obj, after)
		})
		if shown == 0 {
			t.Errorf("%s was never shown and put back", s.Name)
		}
	}
}
