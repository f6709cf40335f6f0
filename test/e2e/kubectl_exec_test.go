package e2e

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

func testExec(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, sleeper)
		cluster.AwaitPod(t, c, "sleeper", cluster.Running)
		exec := func(args ...string) []string { return append([]string{"exec", "sleeper", "--"}, args...) }

		equal(t, "exec", c.Kubectl(t, exec("hostname")...), "sleeper")
		r := c.Try(t, exec("sh", "-c", "echo out; echo err >&2; exit 3")...)
		r.Fails(t, 3, "err", "exit code 3")
		equal(t, "its standard output", r.Stdout, "out")
		c.Try(t, exec("nothing-of-that-name")...).Fails(t, 1, "nothing-of-that-name")
		if r := c.Try(t, exec("sh", "-c", "kill -9 $$")...); r.Code != 137 {
			t.Errorf("a command that was killed exits with %d", r.Code)
		}

		// Standard input ends when it ends here; nothing is lost or mixed up, either way.
		sent := strings.Repeat("0123456789abcdef\n", 40_000)
		if got := c.Feed(t, sent, "exec", "-i", "sleeper", "--", "cat"); got != sent {
			t.Errorf("%d bytes came back of %d", len(got), len(sent))
		}
		equal(t, "exec without -i", c.Feed(t, "unheard", exec("cat")...), "")

		c.Try(t, "exec", "nobody", "--", "true").Fails(t, 1, `pods "nobody" not found`)
		c.Try(t, "exec", "sleeper", "-c", "other", "--", "true").Fails(t, 1, "other")

		// On a terminal: it is one there too, of the same size, and stays so.
		shell := c.Host.StartOnTerminal(t, c.Command(t, "exec", "-it", "sleeper", "--", "sh"), 31, 97)
		size := func(rows, columns int) {
			t.Helper()
			cluster.Eventually(t, awaitTimeout, "the terminal's size arrives", func() error {
				shell.Type(t, "tty; echo $((6*7))\n")
				shell.Says(t, "42")
				if !strings.Contains(shell.Output(), fmt.Sprintf("tty %d rows %d columns", rows, columns)) {
					return errors.New(shell.Output())
				}
				return nil
			})
		}
		size(31, 97)
		shell.Resize(t, 33, 99)
		size(33, 99)
		shell.Type(t, "exit 5\n")
		if code := shell.Wait(t); code != 5 {
			t.Errorf("the shell on a terminal exited with %d:\n%s", code, shell.Output())
		}

		// Its client leaves without a word. What it began must not hold up the end of the pod, nor of the cluster.
		lasting := c.Start(t, exec("sh", "-c", "echo begun; sleep 4711")...)
		lasting.Line(t, "begun")
		lasting.End()
	})
}

func testCopying(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, sleeper)
		cluster.AwaitPod(t, c, "sleeper", cluster.Running)
		dir := t.TempDir()
		big := make([]byte, 3<<20)
		_, _ = rand.Read(big)
		write := func(name string, data []byte) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		write("big", big)
		write("tree/a", []byte("one"))
		write("tree/b/c", []byte("two"))

		c.Kubectl(t, "cp", filepath.Join(dir, "big"), "sleeper:/tmp-big")
		c.Kubectl(t, "cp", "sleeper:/tmp-big", filepath.Join(dir, "back"))
		if back, err := os.ReadFile(filepath.Join(dir, "back")); err != nil || !bytes.Equal(back, big) {
			t.Errorf("a file came back with %d bytes of %d, %v", len(back), len(big), err)
		}

		c.Kubectl(t, "cp", filepath.Join(dir, "tree"), "sleeper:/tree")
		equal(t, "a tree, over there", c.Kubectl(t, "exec", "sleeper", "--", "cat", "/tree/a", "/tree/b/c"), "onetwo")
		c.Kubectl(t, "cp", "sleeper:/tree", filepath.Join(dir, "again"))
		if got, err := os.ReadFile(filepath.Join(dir, "again", "b", "c")); err != nil || string(got) != "two" {
			t.Errorf("a tree came back with %q, %v", got, err)
		}
		if r := c.Try(t, "cp", "sleeper:/none", filepath.Join(dir, "none")); r.Code == 0 && r.Stderr == "" {
			t.Error("copying what does not exist said nothing")
		}
	})
}
