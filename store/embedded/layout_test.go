package embedded

import (
	"bytes"
	"testing"

	"argosy.dev/store"
)

func TestAfter(t *testing.T) {
	for prefix, want := range map[string]string{"k": "l", "k/a": "k/b", "k\xff": "l", "k/\xff\xff": "k0"} {
		if got := string(after([]byte(prefix))); got != want {
			t.Errorf("after %q: got %q, want %q", prefix, got, want)
		}
	}
}

func FuzzLogEntry(f *testing.F) {
	for _, c := range []store.Change{{Key: "/a", Value: []byte("x")}, {Key: "/a"}, {Key: "/long" + string(make([]byte, 300)), Value: []byte{}}} {
		f.Add(append(logEntryHeader(&c), c.Value...))
	}
	f.Add([]byte{opPut, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, value, err := decodeLogEntry(b)
		if err != nil {
			return
		}
		if key == "" {
			t.Fatal("an entry without a key was taken")
		}
		// What is taken says the same when it is written again.
		c := store.Change{Key: key, Value: value}
		key2, value2, err := decodeLogEntry(append(logEntryHeader(&c), value...))
		if err != nil || key2 != key || !bytes.Equal(value2, value) || (value == nil) != (value2 == nil) {
			t.Fatalf("%q %q became %q %q, %v", key, value, key2, value2, err)
		}
	})
}

func FuzzCurrent(f *testing.F) {
	f.Add(append(appendRevision(nil, 7), "value"...))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		rev, value, err := decodeCurrent(b)
		if err == nil && (rev < 1 || value == nil || !bytes.Equal(append(appendRevision(nil, rev), value...), b)) {
			t.Fatalf("%q became revision %d, %q", b, rev, value)
		}
	})
}

func FuzzGaps(f *testing.F) {
	f.Add(encodeGaps([]gap{{1, 5}, {5, 9}}))
	f.Add(encodeGaps([]gap{{5, 1}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		gaps, err := decodeGaps(b)
		if err != nil {
			return
		}
		if !bytes.Equal(encodeGaps(gaps), b) {
			t.Fatalf("%q became %v", b, gaps)
		}
		for _, g := range gaps {
			if g.holds(g.last) || g.holds(g.next) || g.next <= g.last {
				t.Fatalf("gap %v", g)
			}
		}
	})
}
