package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/types"
)

const list = `# a comment
== There is no such thing yet
[sig-node] a
[sig-node] b

== Nor this
[sig-apps] gone
`

func read(t *testing.T, text string) (known, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readKnown(file)
}

func TestJudge(t *testing.T) {
	k, err := read(t, list)
	if err != nil {
		t.Fatal(err)
	}
	s := judge([]outcome{
		{name: "[sig-node] a", area: "sig-node", state: types.SpecStateFailed},
		{name: "[sig-node] b", area: "sig-node", state: types.SpecStatePassed},
		{name: "[sig-node] c", area: "sig-node", state: types.SpecStatePanicked, reason: "it fell over"},
		{name: "[sig-node] d", area: "sig-node", state: types.SpecStateSkipped},
		{name: "[sig-node] e", area: "sig-node", state: types.SpecStateSkipped, took: time.Second},
		{name: "[sig-cli] f", area: "sig-cli", state: types.SpecStatePassed},
	}, k)
	if got, want := *s.areas["sig-node"], (count{passed: 1, failed: 1, skipped: 1, known: 1, notRun: 1}); got != want {
		t.Errorf("sig-node: %+v, want %+v", got, want)
	}
	var out strings.Builder
	s.print(&out)
	for _, want := range []string{"FAILED [sig-node] c", "it fell over", "remove it from the list: [sig-node] b", "no such spec: [sig-apps] gone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary does not say %q:\n%s", want, out.String())
		}
	}
	if page := string(s.markdown(k)); !strings.Contains(page, "| sig-node | 1 | 1 | 1 | 1 | 1 | 5 |") || !strings.Contains(page, "| Nor this | 1 |") {
		t.Errorf("the page:\n%s", page)
	}
}

func TestKnownWantsReasons(t *testing.T) {
	for text, want := range map[string]string{
		"[sig-node] a\n":                       "without a reason",
		"== why\n[sig-node] a\n[sig-node] a\n": "listed twice",
	} {
		if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMerge(t *testing.T) {
	earlier := []outcome{{name: "a", state: types.SpecStateFailed}, {name: "b", state: types.SpecStatePassed}, {name: "c", state: types.SpecStateInterrupted}}
	later := []outcome{{name: "a", state: types.SpecStatePassed}, {name: "b", state: types.SpecStateSkipped}, {name: "c", state: types.SpecStateInterrupted}, {name: "d", state: types.SpecStateFailed}}
	want := "a passed, b passed, c interrupted, d failed"
	var got []string
	for _, o := range merge(earlier, later) {
		got = append(got, o.name+" "+o.state.String())
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	s := judge(merge(earlier, later), known{})
	if c := *s.areas[""]; c != (count{passed: 2, failed: 1, notRun: 1}) {
		t.Errorf("an interrupted spec has no verdict: %+v", c)
	}
}
