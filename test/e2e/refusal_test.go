package e2e

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// What cannot work is refused with what, where and what to do, before anything is touched.

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address := l.Addr().String()
	r := cluster.Run(t, "server", "--data-dir", filepath.Join(t.TempDir(), "data"), "--listen", address)
	r.Fails(t, 1, address, "taken", "--listen")
}

func TestNotRoot(t *testing.T) {
	const nobody = 65534
	dir := t.TempDir()
	cmd := exec.Command(cluster.Binary(t), "up", "--data-dir", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	if os.Geteuid() == 0 {
		cmd = asUser(t, cmd, nobody)
	}
	cluster.RunCmd(t, cmd).Fails(t, 1, "needs root", "argosy server")
	if _, err := os.Stat(filepath.Join(dir, "data")); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
}

// asUser makes the command run as another user, from a copy of the binary that everybody may reach.
func asUser(t *testing.T, cmd *exec.Cmd, uid uint32) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("", "argosy-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "argosy")
	copyProgram(t, cmd.Path, binary)
	cmd.Path, cmd.Args[0], cmd.Dir = binary, binary, "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	src, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(dst, src); err != nil {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestForeignDataDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	cluster.Run(t, "server", "--data-dir", dir, "--listen", "127.0.0.1:0").Fails(t, 1, dir, "thesis.tex", "--data-dir")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the foreign directory was touched: %v", entries)
	}
}

func TestDataDirIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cluster.Run(t, "server", "--data-dir", file, "--listen", "127.0.0.1:0").Fails(t, 1, file)
}
