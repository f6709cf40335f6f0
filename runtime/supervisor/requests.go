package supervisor

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// Hello asks what the supervisor is and knows.
func (c *Client) Hello(ctx context.Context) (wire.State, error) {
	r, err := c.call(ctx, wire.KindHello, nil)
	if err != nil {
		return wire.State{}, err
	}
	return wire.DecodeState(r.body)
}

// Spawn starts a process and returns once its program runs. stdio are the three standard streams of an exec session
// without a terminal. terminal is the master of an exec session with one. A failure of the start itself is a
// [*wire.Fault].
func (c *Client) Spawn(ctx context.Context, spec *wire.Spawn, init *wire.Init, stdio ...*os.File) (p wire.Process, terminal *os.File, err error) {
	memory, err := memoryFile(init.Append(nil))
	if err != nil {
		return p, nil, err
	}
	defer memory.Close()
	r, err := c.call(ctx, wire.KindSpawn, spec.Append(nil), append([]*os.File{memory}, stdio...)...)
	if err != nil {
		return p, nil, err
	}
	if p, err = wire.DecodeProcess(r.body); err != nil {
		r.closeFiles()
		return p, nil, err
	}
	if len(r.files) > 0 {
		terminal = r.files[0]
	}
	return p, terminal, nil
}

func memoryFile(b []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("init", unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("init", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("making a memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "init")
	if _, err := f.Write(b); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing a memory file: %w", err)
	}
	return f, nil
}

// Signal sends a signal to a process, or to its whole process group.
func (c *Client) Signal(ctx context.Context, id string, number syscall.Signal, group bool) error {
	return c.do(ctx, wire.KindSignal, (&wire.Signal{ID: id, Number: uint32(number), Group: group}).Append(nil))
}

// Attach copies a running container's output to stdout and stderr, from now on; each is closed at its end. The result is
// where its input is written, or its terminal's master; nil if it has no input.
func (c *Client) Attach(ctx context.Context, id string, stdout, stderr *os.File) (stdin *os.File, err error) {
	r, err := c.call(ctx, wire.KindAttach, wire.AppendStrings(nil, id), stdout, stderr)
	if err != nil {
		return nil, err
	}
	if len(r.files) > 0 {
		return r.files[0], nil
	}
	return nil, nil
}

// Reopen makes a container's log go on in a fresh file at path.
func (c *Client) Reopen(ctx context.Context, id, path string) error {
	return c.do(ctx, wire.KindReopen, wire.AppendStrings(nil, id, path))
}

// CloseStdin ends a container's standard input. A terminal has no end.
func (c *Client) CloseStdin(ctx context.Context, id string) error {
	return c.do(ctx, wire.KindCloseStdin, wire.AppendStrings(nil, id))
}

// Forget drops what the supervisor knows about a container that ended.
func (c *Client) Forget(ctx context.Context, id string) error {
	return c.do(ctx, wire.KindForget, wire.AppendStrings(nil, id))
}

// Shutdown ends the supervisor; it refuses while a process runs.
func (c *Client) Shutdown(ctx context.Context) error { return c.do(ctx, wire.KindShutdown, nil) }

func (c *Client) do(ctx context.Context, kind uint8, body []byte) error {
	r, err := c.call(ctx, kind, body)
	r.closeFiles()
	return err
}
