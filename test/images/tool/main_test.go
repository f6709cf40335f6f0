package main

import (
	"bufio"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tool is the program, built once, as an image gets it.
var tool string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tool")
	if err != nil {
		panic(err)
	}
	tool = filepath.Join(dir, "tool")
	build := exec.Command("go", "build", "-o", tool, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(tool, args[1:]...)
	c.Args[0] = args[0]
	c.Dir = dir
	c.Env = []string{"PATH=/nowhere"}
	return c
}

// run runs a command in a directory and returns what it printed and its exit code.
func run(t *testing.T, dir, stdin string, args ...string) (string, int) {
	t.Helper()
	c := command(t, dir, args...)
	c.Stdin = strings.NewReader(stdin)
	output, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(output), c.ProcessState.ExitCode()
}

func TestCommands(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		args string // separated by blanks
		in   string
		want string
		code int
	}{
		{"echo hello  world", "", "hello world\n", 0},
		{"echo -n -e a\\tb", "", "a\tb", 0},
		{"printf %s-%03d\\n x 7", "", "x-007\n", 0},
		{"printf %s\\n a b c", "", "a\nb\nc\n", 0},
		{"tool exit 42", "", "", 42},
		{"cat", "piped", "piped", 0},
		{"cat nope", "", "cat: nope: no such file or directory\n", 1},
		{"head -n 2", "1\n2\n3\n", "1\n2\n", 0},
		{"tail -n 2", "1\n2\n3\n", "2\n3\n", 0},
		{"tail -n1", "1\n2", "2", 0},
		{"tail -c +3", "abcdef", "cdef", 0},
		{"tail -c 2", "abcdef", "ef", 0},
		{"sort -rn", "2\n10\n1\n", "10\n2\n1\n", 0},
		{"wc -l", "a\nb\n", "2\n", 0},
		{"seq 2 4", "", "2\n3\n4\n", 0},
		{"test a = a", "", "", 0},
		{"test a != a", "", "", 1},
		{"test ! -e nope -a -d .", "", "", 0},
		{"test 3 -gt 2 -o x = y", "", "", 0},
		{"test", "", "", 1},
		{"test x", "", "", 0},
		{"test -d", "", "", 0},
		{"test ( a = b ) -o ! ( a = b )", "", "", 0},
		{"test a -gt 2", "", "test: \"a\" is not a number\n", 2},
		{"[ -n x ]", "", "", 0},
		{"env -i A=1 B=2", "", "A=1\nB=2\n", 0},
		{"printenv PATH", "", "/nowhere\n", 0},
		{"printenv NOPE", "", "", 1},
		{"term-msg bye 3 msg", "", "", 3},
		{"cat msg", "", "bye", 0},
		{"mkdir -p a/b/c", "", "", 0},
		{"touch a/b/f", "", "", 0},
		{"ln -s b a/l", "", "", 0},
		{"ls a/l", "", "c\nf\n", 0},
		{"readlink a/l", "", "b\n", 0},
		{"chmod 4751 a/b/f", "", "", 0},
		{"stat -c %a-%F-%s a/b/f", "", "4751-regular file-0\n", 0},
		{"rm -rf a", "", "", 0},
		{"ls a", "", "ls: a: no such file or directory\n", 1},
		{"tty", "", "not a tty\n", 1},
		{"nope", "", "tool: no command \"nope\"; \"tool help\" lists them\n", 127},
		{"head -x", "", "head: unknown option -x\n", 1},
		{"kill -0 1 nope", "", "", 1},
		{"alloc 3 0", "", "holding 3 MiB\n", 0},
	} {
		args := strings.Split(tc.args, " ")
		if args[0] == "nope" {
			args = append([]string{"tool"}, args...)
		}
		if args[0] == "echo" && args[1] == "hello" {
			args = []string{"echo", "hello", "world"}
		}
		got, code := run(t, dir, tc.in, args...)
		if code != tc.code || got != tc.want && tc.args != "kill -0 1 nope" {
			t.Errorf("%s: %q with code %d, want %q with %d", tc.args, got, code, tc.want, tc.code)
		}
	}
}

func TestShellFindsApplets(t *testing.T) {
	got, code := run(t, t.TempDir(), "", "sh", "-c", `for i in $(seq 3); do echo "$i" | cat; done; test -d / && exit 5`)
	if got != "1\n2\n3\n" || code != 5 {
		t.Errorf("%q, %d", got, code)
	}
	if got, code := run(t, t.TempDir(), "echo from stdin\nexit 4\n", "sh"); got != "from stdin\n" || code != 4 {
		t.Errorf("%q, %d", got, code)
	}
	if got, code := run(t, t.TempDir(), "", "sh", "-ec", "false; echo never"); got != "" || code != 1 {
		t.Errorf("%q, %d", got, code)
	}
}

// TestTarForKubectlCp runs the command lines that "kubectl cp" runs in a container.
func TestTarForKubectlCp(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(src+"/dir/sub", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"dir/f": 0o640, "dir/sub/run": 0o755} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("f", src+"/dir/l"); err != nil {
		t.Fatal(err)
	}
	archived, code := run(t, src, "", "tar", "cf", "-", src+"/dir")
	if code != 0 {
		t.Fatal(archived)
	}
	if got, code := run(t, dst, archived, "tar", "-xmf", "-", "-C", dst); code != 0 {
		t.Fatal(got)
	}
	copied := filepath.Join(dst, src, "dir")
	for _, name := range []string{"f", "sub/run", "l"} {
		info, err := os.Lstat(filepath.Join(copied, name))
		want, wantErr := os.Lstat(filepath.Join(src, "dir", name))
		if err != nil || wantErr != nil || info.Mode() != want.Mode() {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got, code := run(t, dst, archived, "tar", "tf", "-"); code != 0 || strings.Count(got, "\n") != 5 || strings.HasPrefix(got, "/") {
		t.Errorf("%q, %d", got, code)
	}
	if got, code := run(t, src, "", "tar", "-czf", "a.tgz", "-C", src, "dir"); code != 0 {
		t.Error(got)
	}
	if got, code := run(t, t.TempDir(), "", "tar", "--no-same-permissions", "--no-same-owner", "-xzmf", src+"/a.tgz"); code != 0 {
		t.Error(got)
	}
	if _, code := run(t, src, "", "tar", "cf", "-", "nope"); code == 0 {
		t.Error("archiving what is not there went well")
	}
}

func TestSignals(t *testing.T) {
	for _, tc := range []struct {
		args []string
		code int
	}{
		{[]string{"tcp-echo", "0"}, 143},
		{[]string{"sh", "-c", `trap 'kill $!; exit 7' TERM; sleep 100 & echo ready; wait`}, 7},
	} {
		c := command(t, "", tc.args...)
		output, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
			t.Errorf("%v: %q, %v", tc.args, line, err)
		}
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		if code := c.ProcessState.ExitCode(); code != tc.code {
			t.Errorf("%v: code %d, want %d (%s)", tc.args, code, tc.code, c.ProcessState)
		}
	}
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(logged(handler()))
	defer server.Close()
	for _, tc := range []struct {
		path, want string
		code       int
	}{
		{"/healthz", "ok\n", 0}, {"/fail", "", 0}, {"/healthz", "failing\nwget: server returned 500 Internal Server Error\n", 1}, {"/recover", "", 0}, {"/healthz", "ok\n", 0},
		{"/status/404", "wget: server returned 404 Not Found\n", 1}, {"/sleep/0", "slept 0s\n", 0},
	} {
		if got, code := run(t, "", "", "wget", "-q", "-T", "5", "-O", "-", server.URL+tc.path); got != tc.want || code != tc.code {
			t.Errorf("%s: %q with code %d", tc.path, got, code)
		}
	}
}

func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bin")
	for range 2 {
		if got, code := run(t, "", "", "tool", "install", dir); code != 0 {
			t.Fatal(got)
		}
	}
	c := exec.Command(filepath.Join(dir, "echo"), "installed")
	if got, err := c.Output(); err != nil || string(got) != "installed\n" {
		t.Errorf("%q, %v", got, err)
	}
}
