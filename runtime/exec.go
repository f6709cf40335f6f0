package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/runtime/spec"
	"argosy.dev/runtime/supervisor/wire"
)

// execOutputMax bounds what ExecSync keeps of each stream.
const execOutputMax = 16 << 20

// drainPatience is how long output is waited for after a command ended: a process that it left behind may hold its
// streams open for ever.
const drainPatience = 2 * time.Second

// execution is one command to run in a container.
type execution struct {
	command  []string
	in       io.Reader // nil for none
	out, err io.Writer
	tty      bool
	resize   <-chan remotecommand.TerminalSize
}

// ExecSync runs a command and returns what it wrote. When timeout (0: none) runs out the command is killed and the error
// has the code DeadlineExceeded. A code other than 0 is an exec.CodeExitError, with the output beside it.
func (r *Runtime) ExecSync(ctx context.Context, id string, cmd []string, timeout time.Duration) (stdout, stderr []byte, err error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	out, errOut := bounded{max: execOutputMax}, bounded{max: execOutputMax}
	err = r.exec(limited, id, &execution{command: cmd, out: &out, err: &errOut})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = status.Errorf(codes.DeadlineExceeded, "command %q timed out after %s", cmd, timeout)
	}
	return out.taken(), errOut.taken(), err
}

// bounded keeps the first max bytes that are written to it.
type bounded struct {
	mu  sync.Mutex
	b   bytes.Buffer
	max int
}

func (w *bounded) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(p[:min(len(p), w.max-w.b.Len())])
	return len(p), nil
}

func (w *bounded) taken() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.b.Bytes())
}

func (r *Runtime) exec(ctx context.Context, containerID string, e *execution) error {
	if len(e.command) == 0 {
		return invalid("there is no command to execute")
	}
	s, c, _, err := r.running(containerID)
	if err != nil {
		return err
	}
	client, err := s.starter()
	if err != nil {
		return err
	}
	init, err := r.initOf(s, c)
	if err != nil {
		return err
	}
	g := r.group(c)
	spawn := &wire.Spawn{
		ID: newID(), Exec: true, MountsOf: c.id, PIDsOf: c.id, Cgroup2: g.V2Dir(), Terminal: e.tty,
	}
	ended := r.streams.open(spawn.ID)
	defer r.streams.close(spawn.ID)
	pipes, err := e.pipes()
	if err != nil {
		return err
	}
	_, terminal, err := client.Spawn(ctx, spawn, spec.Exec(init, e.command, e.tty), pipes.child...)
	closeFiles(pipes.child)
	if err != nil {
		closeFiles(pipes.own())
		r.abandon(ctx, client, spawn.ID, c, err)
		return fmt.Errorf("executing %q: %w", e.command[0], err)
	}
	var copied <-chan struct{}
	if e.tty {
		copied = e.runTerminal(terminal)
		defer terminal.Close()
	} else {
		copied = e.runPipes(pipes)
		defer closeFiles(pipes.own())
	}
	var p wire.Process
	select {
	case p = <-ended:
	case <-client.Done():
		return errors.New("the pod's supervisor died")
	case <-ctx.Done():
		after := context.WithoutCancel(ctx)
		_ = client.Signal(after, spawn.ID, unix.SIGKILL, true) // gone already, or going now
		select {
		case <-ended:
		case <-client.Done():
		case <-time.After(killPatience):
		}
		return ctx.Err()
	}
	select {
	case <-copied:
	case <-time.After(drainPatience):
	case <-ctx.Done():
	}
	if p.Code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", p.Code), Code: int(p.Code)}
	}
	return nil
}

// pipes are an execution's streams: the child's ends, and this process's.
type pipes struct {
	child        []*os.File
	in, out, err *os.File
}

func (p *pipes) own() []*os.File { return []*os.File{p.in, p.out, p.err} }

func (e *execution) pipes() (p pipes, err error) {
	if e.tty {
		return p, nil
	}
	fail := func(err error) (pipes, error) {
		closeFiles(p.child)
		closeFiles(p.own())
		return pipes{}, fmt.Errorf("making the command's streams: %w", err)
	}
	var theirs *os.File
	if e.in == nil {
		theirs, err = os.Open(os.DevNull)
	} else {
		theirs, p.in, err = os.Pipe()
	}
	if err != nil {
		return fail(err)
	}
	p.child = append(p.child, theirs)
	for _, mine := range []**os.File{&p.out, &p.err} {
		if *mine, theirs, err = os.Pipe(); err != nil {
			return fail(err)
		}
		p.child = append(p.child, theirs)
	}
	return p, nil
}

// runPipes copies until the command's output ended.
func (e *execution) runPipes(p pipes) <-chan struct{} {
	if p.in != nil {
		go func() {
			_, _ = io.Copy(p.in, e.in) // a command may end without having read everything
			p.in.Close()
		}()
	}
	return copyAll(func() { _, _ = io.Copy(e.out, p.out) }, func() { _, _ = io.Copy(e.err, p.err) })
}

func (e *execution) runTerminal(terminal *os.File) <-chan struct{} {
	if e.in != nil {
		go func() {
			_, _ = io.Copy(terminal, e.in)
		}()
	}
	go resizing(terminal, e.resize)
	return copyAll(func() { _, _ = io.Copy(e.out, terminal) }) // ends with EIO when the last user left
}

// copyAll runs the copies side by side; the channel is closed when all ended.
func copyAll(copies ...func()) <-chan struct{} {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, f := range copies {
		wg.Go(f)
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	return done
}

// resizing sets the terminal's size as it is told, until the channel or the terminal is closed.
func resizing(terminal *os.File, sizes <-chan remotecommand.TerminalSize) {
	for size := range sizes {
		raw, err := terminal.SyscallConn()
		if err != nil {
			return
		}
		err = raw.Control(func(fd uintptr) {
			_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Height, Col: size.Width})
		})
		if err != nil {
			return
		}
	}
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
