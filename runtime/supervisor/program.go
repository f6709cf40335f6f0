package supervisor

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/serve"
)

//go:embed all:bin
var built embed.FS

// ErrNotBuilt: the binary was built without the supervisor program inside.
var ErrNotBuilt = errors.New("this argosy was built without its container supervisor; build it with `make build`")

// Program is the supervisor program, ready to be started.
type Program struct{ file *os.File }

// Load makes the embedded program startable.
func Load() (*Program, error) {
	b, err := built.ReadFile("bin/argosy-supervisor")
	if err != nil {
		return nil, ErrNotBuilt
	}
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("argosy-supervisor", flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate("argosy-supervisor", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("making a memory file for the supervisor (sysctl vm.memfd_noexec must not be 2): %w", err)
	}
	file := os.NewFile(uintptr(fd), "argosy-supervisor")
	if _, err := file.Write(b); err != nil {
		file.Close()
		return nil, fmt.Errorf("writing the supervisor: %w", err)
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		file.Close()
		return nil, fmt.Errorf("sealing the supervisor: %w", err)
	}
	return &Program{file: file}, nil
}

// Close releases the program; supervisors that run are not touched.
func (p *Program) Close() error { return p.file.Close() }

// env keeps the Go runtime of a supervisor small, and spares it a search for its own limits.
var env = []string{"GOMAXPROCS=1", "GOGC=10", "GODEBUG=containermaxprocs=0,updatemaxprocs=0,madvdontneed=1"}

// Start starts a supervisor that serves the listening socket and writes what goes wrong to stderr. It is born into the
// calling thread's namespaces and v1 cgroups, and into the v2 cgroup whose directory cgroup2 is (nil: the caller's).
// The caller reaps it.
func (p *Program) Start(listener, stderr, cgroup2 *os.File) (pid int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	files := make([]uintptr, serve.FDListen+1)
	files[0], files[1], files[2], files[serve.FDListen] = null.Fd(), stderr.Fd(), stderr.Fd(), listener.Fd()
	attr := syscall.ProcAttr{Env: env, Files: files, Sys: &syscall.SysProcAttr{Setsid: true}}
	if cgroup2 != nil {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(cgroup2.Fd())
	}
	pid, err = syscall.ForkExec("/proc/self/fd/"+strconv.Itoa(int(p.file.Fd())), []string{"argosy-supervisor", "supervisor"}, &attr)
	if err != nil {
		return 0, fmt.Errorf("starting the supervisor: %w", err)
	}
	return pid, nil
}
