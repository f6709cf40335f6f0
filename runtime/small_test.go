package runtime

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A supervisor must stay small, however much went through it: there is one for every pod.
func TestSupervisorStaysSmall(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	pid := mustSandbox(t, b, pod).snapshot().Supervisor
	work := func() {
		for range 20 {
			if _, _, err := b.ExecSync(ctx, id, []string{"echo"}, 0); err != nil {
				t.Fatal(err)
			}
			c := containerConfig("flood", "2000")
			c.Stdin = true
			other := b.run(pod, c)
			_ = b.Streams().Attach(ctx, other, strings.NewReader("x"), nil, nil, false, nil) // it may have ended
			b.wait(other)
			if err := b.RemoveContainer(ctx, other); err != nil {
				t.Fatal(err)
			}
		}
	}
	work()
	files := openFiles(t, pid)
	work()
	if got := openFiles(t, pid); len(got) != len(files) {
		t.Errorf("open files grew from %v to %v", files, got)
	}
	const allowed = 3072
	size := func() string {
		return fmt.Sprintf("the supervisor takes %d kB resident, of which its own %d kB, with %d threads; %d kB are allowed",
			field(t, pid, "VmRSS"), field(t, pid, "RssAnon"), field(t, pid, "Threads"), allowed)
	}
	eventually(t, func() bool { return field(t, pid, "VmRSS") < allowed }, size) // it trims itself after a second of rest
	t.Log(size())
	// A container sees nothing of it.
	if out, _, err := b.ExecSync(ctx, id, []string{"testbox", "ls", "/proc"}, 0); err != nil || len(numbersIn(string(out))) != 2 {
		t.Errorf("%s, %v", out, err)
	}
}

func openFiles(t *testing.T, pid int) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, e.Name()))
		if strings.Contains(link, "event") {
			continue // Go's own poller, made when the first timer runs
		}
		list = append(list, e.Name()+"="+link)
	}
	return list
}

func field(t *testing.T, pid int, name string) (n int) {
	t.Helper()
	for line := range strings.Lines(readText(fmt.Sprintf("/proc/%d/status", pid))) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			fmt.Sscan(rest, &n)
		}
	}
	return n
}
