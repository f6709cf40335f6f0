package serve

import (
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// handle answers one request. An error means that the connection speaks no such protocol and is closed.
func (c *conn) handle(f wire.Frame) error {
	switch f.Kind {
	case wire.KindHello:
		c.s.abandon(func(p *proc) bool { return p.conn != c }) // whoever asked for those is gone, or about to be
		c.send(wire.KindState, f.ID, c.s.state().Append(nil))
	case wire.KindSpawn:
		return c.handleSpawn(f)
	case wire.KindSignal:
		req, err := wire.DecodeSignal(f.Body)
		if err != nil {
			return err
		}
		c.answer(f.ID, c.s.signal(req))
	case wire.KindAttach:
		return c.handleAttach(f)
	case wire.KindReopen:
		req, err := wire.DecodeStrings(f.Body, 2)
		if err != nil {
			return err
		}
		c.answer(f.ID, c.s.reopen(req[0], req[1]))
	case wire.KindCloseStdin:
		req, err := wire.DecodeStrings(f.Body, 1)
		if err != nil {
			return err
		}
		c.answer(f.ID, c.s.closeStdin(req[0]))
	case wire.KindForget:
		req, err := wire.DecodeStrings(f.Body, 1)
		if err != nil {
			return err
		}
		c.answer(f.ID, c.s.forget(req[0]))
	case wire.KindShutdown:
		c.answer(f.ID, c.s.end())
	default:
		return wire.ErrMalformed
	}
	return nil
}

// end refuses while containers run; processes of the supervisor's own it takes along.
func (s *server) end() *wire.Fault {
	for _, p := range s.procs {
		if !p.done && (p.spec.ExitFile != "" || p.spec.Exec) {
			return other("a process still runs: "+p.spec.ID, unix.EBUSY)
		}
	}
	for _, p := range s.procs {
		if !p.done && !p.reaped {
			_ = unix.Kill(p.pid, unix.SIGKILL)
			_, _ = unix.Wait4(p.pid, nil, 0, nil)
		}
	}
	s.shutdown = true
	return nil
}

func (c *conn) answer(id uint32, f *wire.Fault) {
	if f != nil {
		c.fail(id, f)
		return
	}
	c.send(wire.KindDone, id, nil)
}

func (c *conn) handleSpawn(f wire.Frame) error {
	spec, err := wire.DecodeSpawn(f.Body)
	if err != nil {
		return err
	}
	n := 1
	if spec.Exec && !spec.Terminal {
		n = 4
	}
	files, err := c.take(n)
	if err != nil {
		return err
	}
	fault := c.s.spawn(c, f.ID, spec, files)
	closeAll(files)
	if fault != nil {
		c.fail(f.ID, fault)
	}
	return nil
}

func (c *conn) handleAttach(f wire.Frame) error {
	req, err := wire.DecodeStrings(f.Body, 1)
	if err != nil {
		return err
	}
	files, err := c.take(2)
	if err != nil {
		return err
	}
	p := c.s.procs[req[0]]
	if p == nil || p.done || p.spec.Exec {
		closeAll(files)
		c.fail(f.ID, other("no such running container: "+req[0], unix.ESRCH))
		return nil
	}
	p.streams[0].tap(files[0])
	p.streams[1].tap(files[1])
	var in []int
	if p.stdin >= 0 {
		if fd, err := unix.FcntlInt(uintptr(p.stdin), unix.F_DUPFD_CLOEXEC, 3); err == nil {
			in = append(in, fd)
		}
	}
	c.send(wire.KindDone, f.ID, nil, in...)
	return nil
}

func (s *server) state() *wire.State {
	st := &wire.State{Version: wire.Version, PID: uint32(unix.Getpid())}
	for _, p := range s.procs {
		if p.started || p.done {
			st.Processes = append(st.Processes, p.state)
		}
	}
	return st
}

// abandon kills what is being started and that nobody waits for any more: who comes next could not tell whether it did
// start.
func (s *server) abandon(which func(*proc) bool) {
	for _, p := range s.procs {
		if !p.started && !p.reaped && which(p) {
			_ = unix.Kill(p.pid, unix.SIGKILL)
		}
	}
}

func (s *server) signal(req wire.Signal) *wire.Fault {
	p := s.procs[req.ID]
	if p == nil || p.done || p.reaped {
		return other("no such running process: "+req.ID, unix.ESRCH)
	}
	// Only this loop reaps, so the number cannot have passed to another process.
	pid := p.pid
	if req.Group {
		pid = -pid
	}
	if err := unix.Kill(pid, unix.Signal(req.Number)); err != nil && err != unix.ESRCH {
		return other("signalling "+req.ID, err)
	}
	return nil
}

func (s *server) reopen(id, path string) *wire.Fault {
	p := s.procs[id]
	if p == nil || p.done || p.log == nil {
		return other("no such running container with a log: "+id, unix.ESRCH)
	}
	if err := p.log.Reopen(path); err != nil {
		return other("opening the log "+path, err)
	}
	return nil
}

func (s *server) closeStdin(id string) *wire.Fault {
	p := s.procs[id]
	if p == nil {
		return other("no such container: "+id, unix.ESRCH)
	}
	if p.stdin >= 0 && !p.spec.Terminal {
		_ = unix.Close(p.stdin)
		p.stdin = -1
	}
	return nil
}

func (s *server) forget(id string) *wire.Fault {
	p := s.procs[id]
	if p != nil && !p.done {
		return other("the container still runs: "+id, unix.EBUSY)
	}
	delete(s.procs, id)
	return nil
}

func other(what string, err error) *wire.Fault { return fault(wire.StageOther, what, err) }

func fault(stage uint8, what string, err error) *wire.Fault {
	f := &wire.Fault{Stage: stage, Text: what}
	if err != nil {
		f.Text += ": " + err.Error()
	}
	if errno, ok := err.(unix.Errno); ok {
		f.Errno = uint32(errno)
	}
	return f
}
