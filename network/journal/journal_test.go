package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/hostport"
)

func record(sandbox string, addresses ...string) Record {
	r := Record{Sandbox: sandbox, Namespace: "default", Name: "web"}
	for _, a := range addresses {
		r.Addresses = append(r.Addresses, netip.MustParseAddr(a))
	}
	return r
}

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, unreadable, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if unreadable != 0 {
		t.Fatalf("%d unreadable lines", unreadable)
	}
	return j
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var byValue = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestReadsBackWhatItWrote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "network")
	j := open(t, dir)
	a := record("a", "10.244.0.2", "fd00::2")
	a.Ports = []hostport.Port{{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: 80, ContainerPort: 8080, Protocol: hostport.UDP}}
	must(t, j.Attach(a))
	must(t, j.Attach(record("b", "10.244.0.3")))
	must(t, j.Attach(record("c", "10.244.0.4")))
	must(t, j.Detach("b"))
	must(t, j.Detach("c"))
	must(t, j.Free("c"))
	want := State{
		Attached: map[string]Record{"a": a},
		Draining: map[string]Record{"b": record("b", "10.244.0.3")},
		Released: []netip.Addr{netip.MustParseAddr("10.244.0.4")},
	}
	for range 3 { // as a killed process leaves it, then rewritten, then rewritten again
		if diff := cmp.Diff(want, j.State(), byValue); diff != "" {
			t.Fatal(diff)
		}
		j = open(t, dir)
	}
	must(t, j.Attach(record("d", "10.244.0.4")))
	if got := open(t, dir).State().Released; len(got) != 0 {
		t.Errorf("an address in use counts as free: %v", got)
	}
}

func TestALineCutShortIsSkipped(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	must(t, j.Attach(record("a", "10.244.0.2")))
	must(t, j.Attach(record("b", "10.244.0.3")))
	path := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(path)
	must(t, err)
	start := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for cut := start + 1; cut < len(whole)-1; cut++ {
		must(t, os.WriteFile(path, whole[:cut], 0o600))
		j, unreadable, err := Open(dir)
		must(t, err)
		if unreadable != 1 || len(j.State().Attached) != 1 {
			t.Fatalf("cut at %d: %d unreadable, %v", cut, unreadable, j.State().Attached)
		}
		must(t, j.Attach(record("b", "10.244.0.9")))
		must(t, j.Close())
		if got := open(t, dir).State().Attached["b"].Addresses; len(got) != 1 || got[0].String() != "10.244.0.9" {
			t.Fatalf("cut at %d: what was written after it reads %v", cut, got)
		}
	}
}

func TestRubbishIsCountedAndALaterVersionRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	must(t, os.WriteFile(path, []byte("\x00\x00\x00\n{\"op\":\"attach\"}\n{\"op\":\"free\",\"sandbox\":\"x\"}\nhello"), 0o600))
	if _, unreadable, err := Open(dir); err != nil || unreadable != 4 {
		t.Errorf("got %d unreadable, %v", unreadable, err)
	}
	must(t, os.WriteFile(path, []byte(`{"op":"journal","version":2}`+"\n"), 0o600))
	if _, _, err := Open(dir); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "later release") {
		t.Errorf("got %v", err)
	}
}

func TestALongLogIsRewritten(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for i := range 3 * rewriteAfter {
		id := fmt.Sprintf("s%d", i)
		must(t, j.Attach(record(id, fmt.Sprintf("10.244.0.%d", 2+i%100))))
		must(t, j.Detach(id))
		must(t, j.Free(id))
	}
	raw, err := os.ReadFile(filepath.Join(dir, fileName))
	must(t, err)
	if lines := bytes.Count(raw, []byte("\n")); lines > rewriteAfter+10 {
		t.Errorf("the log has %d lines", lines)
	}
	if diff := cmp.Diff(j.State(), open(t, dir).State(), byValue); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedWriteLeavesNoHalfLine(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	must(t, j.Attach(record("a", "10.244.0.2")))
	whole := j.file
	j.file, _ = os.Open(os.DevNull) // cannot be written
	if err := j.Attach(record("b", "10.244.0.3")); err == nil {
		t.Fatal("a failed write went unnoticed")
	}
	j.file = whole
	if _, ok := j.State().Attached["b"]; ok {
		t.Error("the state took a step that was not written")
	}
	must(t, j.Attach(record("c", "10.244.0.4")))
	if got := open(t, dir).State().Attached; len(got) != 2 {
		t.Errorf("attached: %v", got)
	}
}

func FuzzReplay(f *testing.F) {
	f.Add([]byte(`{"op":"journal","version":1}
{"op":"attach","record":{"sandbox":"a","addresses":["10.244.0.2"]}}
{"op":"detach","sandbox":"a"}
{"op":"free","sandbox":"a"}
{"op":"released","addresses":["10.244.0.9"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, _, err := replay(bytes.NewReader(raw))
		if err != nil {
			return
		}
		var out bytes.Buffer
		for _, l := range s.lines() {
			if err := json.NewEncoder(&out).Encode(l); err != nil {
				t.Fatal(err)
			}
		}
		again, unreadable, err := replay(&out)
		if err != nil || unreadable != 0 {
			t.Fatalf("what was written does not read back: %d, %v", unreadable, err)
		}
		if diff := cmp.Diff(s, again, byValue); diff != "" {
			t.Fatal(diff)
		}
	})
}
