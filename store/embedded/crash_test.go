package embedded_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argosy.dev/store"
)

// TestCrash kills a process that writes, again and again, at random points, in the middle of its opening too, and each
// time has the next one tell what it found: see crashChild for what is written, crashModel for what must be found.
func TestCrash(t *testing.T) {
	kills := 300
	if testing.Short() {
		kills = 40
	}
	writer := crashBinary(t)
	m := newCrashModel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	opened := 0
	for kill := range kills {
		// One in eight dies while it opens the store; the others some time after.
		life := time.Duration(random.IntN(25_000)) * time.Microsecond
		atOpen := kill%8 == 7
		ok, err := crashOnce(t, writer, dir, life, atOpen, m)
		if err != nil {
			t.Fatalf("after kill %d: %v", kill, err)
		}
		if ok {
			opened++
		}
	}
	t.Logf("%d kills, of them %d after opening; %d durable and %d lazy changes acknowledged, newest revision %d",
		kills, opened, m.durable, m.lazy, m.newest)
	if m.durable < 10*kills || m.lazy == 0 {
		t.Errorf("too few changes to mean anything")
	}
}

// crashBinary is this test binary, but without the race detector, which makes a process ten times as slow to start and is of
// no use to one that is killed.
func crashBinary(t *testing.T) string {
	if !raced {
		return os.Args[0]
	}
	path := filepath.Join(t.TempDir(), "writer")
	cmd := exec.Command("go", "test", "-c", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the writer: %v\n%s", err, out)
	}
	return path
}

// crashOnce runs a writer until it is killed, and tells whether it had opened the store.
func crashOnce(t *testing.T, writer, dir string, life time.Duration, atOpen bool, m *crashModel) (opened bool, err error) {
	cmd := exec.Command(writer)
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(life, func() { _ = cmd.Process.Kill() }) }
	if atOpen {
		kill()
	}
	lines := bufio.NewScanner(out)
	var wrong error
	for lines.Scan() {
		// A line that the kill cut off was not said.
		line, whole := strings.CutSuffix(lines.Text(), ";")
		if !whole || wrong != nil {
			continue
		}
		if wrong = m.hear(line); wrong != nil {
			_ = cmd.Process.Kill()
		}
		if strings.HasPrefix(line, "open ") {
			opened = true
			if !atOpen {
				kill()
			}
		}
	}
	_ = cmd.Wait()
	if stderr.Len() > 0 {
		return opened, fmt.Errorf("the writer said: %s", stderr.String())
	}
	return opened, wrong
}

// crashModel is what was acknowledged, and so must be found.
type crashModel struct {
	// said is which change each revision was given to, as "KEY N".
	said map[store.Revision]string
	// acked is the newest acknowledged change of each key.
	acked map[string]crashAck
	found map[string]crashAck

	newest        store.Revision
	durable, lazy int
}

type crashAck struct {
	n        int
	revision store.Revision
}

func newCrashModel() *crashModel {
	return &crashModel{said: map[store.Revision]string{}, acked: map[string]crashAck{}, found: map[string]crashAck{}}
}

// hear takes one line of a writer: "found KEY N REVISION" for each record, then "open REVISION", then
// "ack KEY N REVISION" for each acknowledged change.
func (m *crashModel) hear(line string) error {
	var word, key string
	var a crashAck
	if n, _ := fmt.Sscan(line, &word, &a.revision); word == "open" && n == 2 {
		return m.opened(a.revision)
	}
	if _, err := fmt.Sscan(line, &word, &key, &a.n, &a.revision); err != nil {
		return fmt.Errorf("the writer said %q: %w", line, err)
	}
	id := fmt.Sprint(key, " ", a.n)
	if before, ok := m.said[a.revision]; ok && (before != id || word == "ack") {
		return fmt.Errorf("revision %d was given to %q and to %q", a.revision, before, id)
	}
	m.said[a.revision] = id
	if word == "found" {
		m.found[key] = a
		return nil
	}
	if lazyKey(key) {
		m.lazy++
	} else {
		m.durable++
	}
	m.newest = max(m.newest, a.revision)
	m.acked[key] = a
	return nil
}

// opened compares what a writer found, all of it, with what was acknowledged before.
func (m *crashModel) opened(rev store.Revision) error {
	if rev < m.newest {
		return fmt.Errorf("opened at revision %d, after %d was given out", rev, m.newest)
	}
	for key, acked := range m.acked {
		found, ok := m.found[key]
		switch {
		case key == markKey:
			if !ok || found.n < acked.n {
				return fmt.Errorf("%s: found %d, was %d", key, found.n, acked.n)
			}
		case lazyKey(key):
			if ok && (found.n > acked.n+1) {
				return fmt.Errorf("%s: found %d, at most %d was asked for", key, found.n, acked.n+1)
			}
		case !ok && !deletes(acked.n) && !deletes(acked.n+1):
			return fmt.Errorf("%s: %d was acknowledged at revision %d, and the key is lost", key, acked.n, acked.revision)
		case !ok:
		case found == acked:
		case found.n == acked.n+1 && found.revision > acked.revision: // made, and killed before it could be acknowledged
		default:
			return fmt.Errorf("%s: found %d at revision %d, acknowledged was %d at %d", key, found.n, found.revision, acked.n, acked.revision)
		}
	}
	// The next writer goes on from what is there.
	m.acked, m.found, m.newest = m.found, map[string]crashAck{}, rev
	return nil
}
