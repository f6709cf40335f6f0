package crilog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, max uint64, files int) (*Log, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "0.log")
	l, err := Open(path, max, files, NewBuffer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	tick := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("east", 3600))
	l.now = func() time.Time { tick = tick.Add(time.Second); return tick }
	return l, path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFormat(t *testing.T) {
	const a, b, c = "2026-01-02T02:04:06.000000006Z ", "2026-01-02T02:04:07.000000006Z ", "2026-01-02T02:04:08.000000006Z "
	long := strings.Repeat("x", lineMax)
	for name, test := range map[string]struct {
		writes []string
		want   string
	}{
		"one line":            {[]string{"hello\n"}, a + "stdout F hello\n"},
		"two at once":         {[]string{"one\ntwo\n"}, a + "stdout F one\n" + a + "stdout F two\n"},
		"empty line":          {[]string{"\n"}, a + "stdout F \n"},
		"a line in two reads": {[]string{"he", "llo\n"}, b + "stdout F hello\n"},
		"no end":              {[]string{"prompt> "}, b + "stdout P prompt> \n"},
		"exactly the longest": {[]string{long + "\n"}, a + "stdout F " + long + "\n"},
		"longer":              {[]string{long + "yz\n"}, a + "stdout P " + long + "\n" + a + "stdout F yz\n"},
		"longer over reads":   {[]string{long[:10], long, "\n"}, b + "stdout P " + long + "\n" + c + "stdout F " + long[:10] + "\n"},
		"carriage return":     {[]string{"a\r\n"}, a + "stdout F a\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l, path := open(t, 0, 0)
			s := l.Stream("stdout")
			for _, w := range test.writes {
				s.Write([]byte(w))
			}
			s.End()
			if got := read(t, path); got != test.want {
				t.Errorf("got  %.120q\nwant %.120q", got, test.want)
			}
		})
	}
}

func TestManyShortLines(t *testing.T) {
	l, path := open(t, 0, 0)
	l.Stream("stderr").Write([]byte(strings.Repeat("\n", 32<<10))) // much larger as a log than as text
	want := strings.Repeat("2026-01-02T02:04:06.000000006Z stderr F \n", 32<<10)
	if got := read(t, path); got != want {
		t.Errorf("the log has %d bytes, want %d", len(got), len(want))
	}
}

func TestStreamsDoNotMixLines(t *testing.T) {
	l, path := open(t, 0, 0)
	out, err := l.Stream("stdout"), l.Stream("stderr")
	out.Write([]byte("left "))
	err.Write([]byte("right\n"))
	out.Write([]byte("over\n"))
	want := "2026-01-02T02:04:07.000000006Z stderr F right\n2026-01-02T02:04:08.000000006Z stdout F left over\n"
	if got := read(t, path); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReopenAfterRename(t *testing.T) {
	l, path := open(t, 0, 0)
	s := l.Stream("stdout")
	s.Write([]byte("old\n"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	s.Write([]byte("still old\n"))
	if err := l.Reopen(path); err != nil {
		t.Fatal(err)
	}
	s.Write([]byte("new\n"))
	if got := read(t, path); strings.Contains(got, "old") || !strings.Contains(got, "new") {
		t.Errorf("the new file has %q", got)
	}
	if got := strings.Count(read(t, path+".1"), "\n"); got != 2 {
		t.Errorf("the old file has %d lines, want 2", got)
	}
	if err := l.Reopen(filepath.Join(path, "no", "such")); err == nil {
		t.Error("reopening below a file succeeded")
	}
	s.Write([]byte("goes on\n"))
	if got := read(t, path); !strings.Contains(got, "goes on") {
		t.Error("a failed reopen lost the old file")
	}
}

func TestRotation(t *testing.T) {
	l, path := open(t, 100, 2)
	s := l.Stream("stdout")
	for range 20 {
		s.Write([]byte(strings.Repeat("z", 80) + "\n"))
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("there are %d files, want the log and 2 rotated ones: %v", len(files), files)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 100 {
		t.Errorf("the live file: %v, %v", info.Size(), err)
	}
}

func TestFullDiskLosesLinesOnly(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this machine")
	}
	l, err := Open("/dev/full", 0, 0, NewBuffer())
	if err != nil {
		t.Skip("cannot open /dev/full: ", err)
	}
	defer l.Close()
	l.Stream("stdout").Write([]byte("gone\n"))
	if l.Lost() == 0 {
		t.Error("nothing was counted as lost")
	}
}
