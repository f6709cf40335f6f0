package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
)

// maps is a cache of ConfigMaps whose stored value is the name and one data value.
func maps(t *testing.T) (store.Store, *Cache, *Table) {
	t.Helper()
	s, err := embedded.Open(context.Background(), embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(s, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	table, err := c.Add(context.Background(), config())
	if err != nil {
		t.Fatal(err)
	}
	return s, c, table
}

func config() Config {
	return Config{Prefix: "/registry/configmaps/",
		Decode: func(value []byte) (Object, error) {
			if string(value) == "broken" {
				return nil, errors.New("cannot be read")
			}
			return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"v": string(value)}}}, nil
		},
		Encode:  func(obj Object, f Form) ([]byte, error) { return []byte(fmt.Sprint(obj.GetLabels()["v"], f)), nil },
		Indexes: map[string]func(Object) []string{"v": func(obj Object) []string { return []string{obj.GetLabels()["v"]} }},
	}
}

// put writes a value, or deletes the key where it is "", and waits until the cache has it.
func put(t *testing.T, s store.Store, c *Cache, key, value string) store.Revision {
	t.Helper()
	ctx := context.Background()
	full := "/registry/configmaps/" + key
	rec, _, err := s.Get(ctx, full)
	if err != nil {
		t.Fatal(err)
	}
	change := store.Change{Key: full, Value: []byte(value), Expect: rec.Revision}
	if value == "" {
		change.Value = nil
	}
	rev, err := s.Commit(ctx, change)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WaitFor(ctx, rev); err != nil {
		t.Fatal(err)
	}
	return rev
}

func names(entries []*Entry) string {
	text := ""
	for _, e := range entries {
		text += e.Key + "=" + e.Object.GetLabels()["v"] + " "
	}
	return text
}

func TestStatesOfThePast(t *testing.T) {
	s, c, table := maps(t)
	put(t, s, c, "n/a", "1")
	first := put(t, s, c, "n/b", "1")
	put(t, s, c, "n/a", "2")
	put(t, s, c, "n/b", "")
	put(t, s, c, "m/c", "3")
	for _, want := range []struct {
		r    Range
		text string
	}{
		{Range{}, "m/c=3 n/a=2 "},
		{Range{Namespace: "n"}, "n/a=2 "},
		{Range{At: first}, "n/a=1 n/b=1 "},
		{Range{At: first, From: "n/a\x00"}, "n/b=1 "},
		{Range{Namespace: "m", At: first}, ""},
	} {
		list, _, err := table.List(want.r)
		if err != nil || names(list) != want.text {
			t.Errorf("%+v: %q, %v; want %q", want.r, names(list), err, want.text)
		}
	}
	if _, _, err := table.List(Range{At: 1 << 40}); !errors.Is(err, ErrFuture) {
		t.Errorf("a revision to come: %v", err)
	}
}

func TestIndexFollowsChanges(t *testing.T) {
	s, c, table := maps(t)
	put(t, s, c, "n/a", "1")
	put(t, s, c, "n/b", "1")
	put(t, s, c, "n/a", "2")
	if got := names(table.ByIndex("v", "1")); got != "n/b=1 " {
		t.Errorf("under 1: %q", got)
	}
	put(t, s, c, "n/b", "")
	if got := table.ByIndex("v", "1"); len(got) != 0 {
		t.Errorf("under 1 after its deletion: %q", names(got))
	}
}

func TestWatchResumesWithoutGapOrRepeat(t *testing.T) {
	s, c, table := maps(t)
	from := put(t, s, c, "n/a", "1")
	put(t, s, c, "n/a", "2")
	w, err := table.Watch(from, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	scoped, err := table.Watch(from, Scope{Index: "v", Value: "3"})
	if err != nil {
		t.Fatal(err)
	}
	defer scoped.Close()
	put(t, s, c, "n/a", "3")
	put(t, s, c, "n/b", "9")
	put(t, s, c, "n/a", "")
	read := func(w *Watch, n int) string {
		text := ""
		for n > 0 {
			changes, err := w.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, ch := range changes {
				text += fmt.Sprintf("%s=%s/%v ", ch.Entry.Key, ch.Entry.Object.GetLabels()["v"], ch.Deleted)
				n--
			}
		}
		return text
	}
	if got := read(w, 4); got != "n/a=2/false n/a=3/false n/b=9/false n/a=3/true " {
		t.Errorf("all: %q", got)
	}
	if got := read(scoped, 2); got != "n/a=3/false n/a=3/true " {
		t.Errorf("under 3: %q", got)
	}
	if rev, ok := w.Progress(); !ok || rev != c.Applied() {
		t.Errorf("progress is %d, %v; want %d", rev, ok, c.Applied())
	}
}

func TestOldRevisionsExpire(t *testing.T) {
	s, c, table := maps(t)
	first := put(t, s, c, "n/a", "0")
	for i := range historyMax + 10 {
		if _, err := s.Commit(context.Background(), store.Change{Key: fmt.Sprintf("/registry/configmaps/x/%d", i), Value: []byte("v"), Lazy: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.WaitFor(context.Background(), s.Revision()); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Watch(first, Scope{}); !errors.Is(err, ErrExpired) {
		t.Errorf("watching from long ago: %v, want ErrExpired", err)
	}
	if n := len(table.history.changes); n > historyMax {
		t.Errorf("the history holds %d changes, want at most %d", n, historyMax)
	}
}

func TestUndecodableIsLeftOut(t *testing.T) {
	s, c, table := maps(t)
	put(t, s, c, "n/a", "broken")
	put(t, s, c, "n/b", "1")
	if list, _, _ := table.List(Range{}); names(list) != "n/b=1 " {
		t.Errorf("got %q", names(list))
	}
}

func TestEncodedOnce(t *testing.T) {
	s, c, table := maps(t)
	put(t, s, c, "n/a", "7")
	e, _ := table.Get("n/a")
	one, err := e.Encoded(1)
	if err != nil || string(one) != "7 1" && string(one) != "71" {
		t.Fatalf("%q, %v", one, err)
	}
	again, _ := e.Encoded(1)
	if &one[0] != &again[0] {
		t.Error("the second call encoded anew")
	}
}

func TestLoadingAnewTellsTheDifference(t *testing.T) {
	s, c, table := maps(t)
	put(t, s, c, "n/a", "1")
	put(t, s, c, "n/b", "1")
	_, _, states, err := table.ListAndWatch(Scope{States: true})
	if err != nil {
		t.Fatal(err)
	}
	defer states.Close()
	events, err := table.Watch(c.Applied(), Scope{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := table.Get("n/b")
	obj := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"v": "2"}}}
	table.load([]*Entry{newEntry("n/a", obj, 900, table.config.Encode), b}, 1000)
	changes, err := states.Next(context.Background())
	if err != nil || len(changes) != 1 || changes[0].Entry.Key != "n/a" || changes[0].Deleted {
		t.Errorf("the reader of states got %v, %v; want the change of n/a", changes, err)
	}
	if _, err := events.Next(context.Background()); !errors.Is(err, ErrExpired) {
		t.Errorf("the reader of events got %v, want ErrExpired", err)
	}
}
