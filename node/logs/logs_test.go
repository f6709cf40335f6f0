package logs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const sample = `2026-01-01T00:00:01Z stdout F one
2026-01-01T00:00:02Z stderr F two
2026-01-01T00:00:03Z stdout P thr
2026-01-01T00:00:03.5Z stdout F ee
2026-01-01T00:00:04Z stdout F 
garbage
2026-01-01T00:00:05Z stdout F five
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "0.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	path := write(t, sample)
	at := time.Date(2026, 1, 1, 0, 0, 4, 0, time.UTC)
	for _, c := range []struct {
		name     string
		options  Options
		out, err string
	}{
		{"all", Options{TailLines: -1}, "one\nthree\n\nfive\n", "two\n"},
		{"since", Options{TailLines: -1, Since: at}, "\nfive\n", ""},
		{"last line", Options{TailLines: 1}, "five\n", ""},
		{"no line", Options{TailLines: 0}, "", ""},
		{"more than there is", Options{TailLines: 100}, "one\nthree\n\nfive\n", "two\n"},
		{"limit", Options{TailLines: -1, LimitBytes: 6}, "on", "two\n"},
		{"times", Options{TailLines: 1, Timestamps: true}, "2026-01-01T00:00:05Z five\n", ""},
	} {
		var stdout, stderr bytes.Buffer
		c.options.Stdout, c.options.Stderr = &stdout, &stderr
		if c.name == "limit" {
			c.out = "one\nth"
			c.options.Stderr, c.err = nil, ""
		}
		if err := Read(context.Background(), path, c.options); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if stdout.String() != c.out || stderr.String() != c.err {
			t.Errorf("%s: %q and %q, want %q and %q", c.name, stdout.String(), stderr.String(), c.out, c.err)
		}
	}
}

func TestFollowAcrossRotation(t *testing.T) {
	path := write(t, "2026-01-01T00:00:01Z stdout F one\n")
	var out bytes.Buffer
	steps := []func(){
		func() { appendTo(t, path, "2026-01-01T00:00:02Z stdout F tw") },
		func() { appendTo(t, path, "o\n") },
		func() {
			appendTo(t, path, "2026-01-01T00:00:03Z stdout F three\n")
			if err := os.Rename(path, path+".old"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("2026-01-01T00:00:04Z stdout F four\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	step := 0
	err := Read(context.Background(), path, Options{Follow: true, TailLines: -1, Stdout: &out,
		Ended: func() bool { return step == len(steps) },
		Grown: func(context.Context) { steps[step](); step++ }})
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != "one\ntwo\nthree\nfour\n" {
		t.Errorf("got %q", out.String())
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range bytes.Split([]byte(sample), []byte{'\n'}) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := Parse(line); err == nil && len(r.Text) > len(line) {
			t.Errorf("%q has more text than it is long", line)
		}
	})
}
