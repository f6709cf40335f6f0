package serve

import (
	"time"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/crilog"
	"argosy.dev/runtime/supervisor/internal/stub"
	"argosy.dev/runtime/supervisor/wire"
)

// proc is one process that was asked for. It goes through: forked (the stub runs), started (the program runs), reaped
// (it ended), finishing (its last output is on its way), done.
type proc struct {
	s          *server
	spec       wire.Spawn
	pid, pidfd int

	conn   *conn // who waits for the start
	req    uint32
	sync   int    // socket to the stub, -1 once closed
	heard  []byte // what the stub said, but for the terminal
	master int    // an exec session's terminal until it is handed over

	streams [2]stream // stdout and stderr; a terminal has only the first
	stdin   int       // write end of the standard input, or the terminal's master; -1 if there is none
	log     *crilog.Log

	started, reaped, finishing, done bool
	state                            wire.Process
}

// spawn forks the stub of a new process. The start is answered later, when the stub became the program or failed.
// The caller closes files.
func (s *server) spawn(c *conn, req uint32, spec wire.Spawn, files []int) *wire.Fault {
	if old := s.procs[spec.ID]; spec.ID == "" || old != nil {
		return fault(wire.StageSpawn, "a process of that name exists: "+spec.ID, unix.EEXIST)
	}
	p := &proc{s: s, spec: spec, pidfd: -1, conn: c, req: req, sync: -1, master: -1, stdin: -1}
	p.state.ID = spec.ID
	p.streams = [2]stream{{s: s, fd: -1}, {s: s, fd: -1}}
	if f := p.fork(files); f != nil {
		p.cleanup()
		return f
	}
	s.procs[spec.ID] = p
	return nil
}

func (p *proc) fork(files []int) *wire.Fault {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fault(wire.StageSpawn, "making a socket", err)
	}
	p.sync = pair[0]
	defer unix.Close(pair[1])
	stdio, opened, err := p.openStdio(files)
	defer closeAll(opened)
	if err != nil {
		return fault(wire.StageSpawn, "making the standard streams", err)
	}
	if p.spec.LogPath != "" {
		if p.log, err = crilog.Open(p.spec.LogPath, p.spec.LogMax, int(p.spec.LogFiles), p.s.lines); err != nil {
			p.log = nil
			return fault(wire.StageSpawn, "opening the log "+p.spec.LogPath, err)
		}
		p.streams[0].log, p.streams[1].log = p.log.Stream("stdout"), p.log.Stream("stderr")
	}
	b := birth{cgroup2: p.spec.Cgroup2, pids: -1}
	b.files = []uintptr{uintptr(stdio[0]), uintptr(stdio[1]), uintptr(stdio[2]), uintptr(files[0]), uintptr(pair[1])}
	if f := p.namespaces(&b); f != nil {
		return f
	}
	p.s.forks++
	var f *wire.Fault
	if p.pid, p.pidfd, f = p.s.fork(b); f != nil {
		return f
	}
	if err := p.watchAll(); err != nil {
		_ = unix.Kill(p.pid, unix.SIGKILL)
		_, _ = unix.Wait4(p.pid, nil, 0, nil)
		return fault(wire.StageSpawn, "watching the new process", err)
	}
	// While the stub works there is time to note on disk that the container is no longer one that never ran.
	p.state.PID, p.state.StartTicks, p.state.Started = uint32(p.pid), startTicks(p.pid), time.Now().UnixNano()
	p.record()
	return nil
}

func (p *proc) namespaces(b *birth) *wire.Fault {
	if !p.spec.Exec {
		b.flags |= unix.CLONE_NEWNS
	}
	if p.spec.NewPIDs {
		b.flags |= unix.CLONE_NEWPID
	}
	for _, target := range [...]struct {
		id string
		at func(pidfd int)
	}{
		{p.spec.MountsOf, func(fd int) { b.files = append(b.files, uintptr(fd)) }},
		{p.spec.PIDsOf, func(fd int) { b.pids = fd }},
	} {
		if target.id == "" {
			continue
		}
		t := p.s.procs[target.id]
		if t == nil || !t.started || t.reaped {
			return fault(wire.StageSpawn, "the container is not running: "+target.id, unix.ESRCH)
		}
		target.at(t.pidfd)
	}
	return nil
}

func (p *proc) watchAll() error {
	if err := p.s.watch(p.pidfd, unix.EPOLLIN, func(uint32) { p.exited() }); err != nil {
		return err
	}
	_ = unix.SetNonblock(p.sync, true)
	if err := p.s.watch(p.sync, unix.EPOLLIN, func(uint32) { p.listen() }); err != nil {
		return err
	}
	for i := range p.streams {
		if err := p.watchStream(i); err != nil {
			return err
		}
	}
	return nil
}

func (p *proc) watchStream(i int) error {
	st := &p.streams[i]
	if st.fd < 0 {
		return nil
	}
	_ = unix.SetNonblock(st.fd, true)
	return p.s.watch(st.fd, unix.EPOLLIN, st.readable)
}

// listen hears the stub out: a terminal, a fault, or the silence that means that the program runs.
func (p *proc) listen() {
	for p.sync >= 0 {
		b, oob := p.s.buf, p.s.oob
		n, oobn, _, _, err := unix.Recvmsg(p.sync, b, oob, unix.MSG_CMSG_CLOEXEC)
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			return
		}
		if n > 0 {
			if b[0] == stub.Terminal && len(p.heard) == 0 {
				p.takeMaster(oob[:oobn])
				n = copy(b, b[1:n])
			}
			p.heard = append(p.heard, b[:n]...)
			continue
		}
		p.s.release(p.sync)
		p.sync = -1
		if string(p.heard) == string(rune(stub.Ready)) {
			p.running()
		}
		return
	}
}

func (p *proc) takeMaster(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) == 0 {
		return
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return
	}
	if p.spec.Exec {
		p.master = fds[0]
		return
	}
	p.stdin = fds[0]
	if fd, err := unix.FcntlInt(uintptr(fds[0]), unix.F_DUPFD_CLOEXEC, 3); err == nil {
		p.streams[0].fd = fd
		_ = p.watchStream(0)
	}
}

// running: the program was executed.
func (p *proc) running() {
	p.started = true
	p.state.Started = time.Now().UnixNano()
	var files []int
	if p.master >= 0 {
		files, p.master = []int{p.master}, -1
	}
	p.conn.send(wire.KindSpawned, p.req, p.state.Append(nil), files...)
	p.conn = nil
}

// exited: the stub or the program ended.
func (p *proc) exited() {
	p.listen() // what it said last comes first
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(p.pid, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		break
	}
	p.reaped = true
	p.s.release(p.pidfd)
	p.pidfd = -1
	if p.sync >= 0 { // a copy of it is still open somewhere, but the stub is dead
		p.s.release(p.sync)
		p.sync = -1
	}
	p.state.Finished = time.Now().UnixNano()
	p.state.Code = int32(status.ExitStatus())
	if status.Signaled() {
		p.state.Code = 128 + int32(status.Signal())
	}
	p.state.OOMKilled = oomKilled(p.spec.OOMFile)
	if !p.started {
		p.unrecord()
		p.conn.fail(p.req, p.startFault(status))
		p.cleanup()
		p.done = true
		delete(p.s.procs, p.spec.ID)
		return
	}
	p.finishing = true
	p.finish()
}

// startFault says why the program never ran.
func (p *proc) startFault(status unix.WaitStatus) *wire.Fault {
	heard := p.heard
	if len(heard) > 0 && heard[0] == stub.Ready {
		heard = heard[1:]
	}
	if len(heard) > 0 && heard[0] == stub.Failed {
		if f, err := wire.DecodeFault(heard[1:]); err == nil {
			return &f
		}
	}
	text := "the init stub ended too early"
	if status.Signaled() {
		text = "the init stub was killed: " + status.Signal().String()
	}
	if p.state.OOMKilled {
		text = "the init stub was killed for want of memory: the container's limit is too low"
	}
	return fault(wire.StageSetup, text, nil)
}

// finish passes on what the program left in its pipes, then publishes its end. It waits for attached clients that are
// behind, and is called again.
func (p *proc) finish() {
	for i := range p.streams {
		st := &p.streams[i]
		for !st.held && st.pump() {
		}
		if st.behind() {
			return
		}
	}
	p.finishing, p.done = false, true
	p.cleanup()
	p.record()
	p.s.broadcast(&p.state)
	if p.spec.Exec {
		delete(p.s.procs, p.spec.ID)
	}
}

func (p *proc) cleanup() {
	for i := range p.streams {
		if p.streams[i].fd >= 0 {
			p.streams[i].end()
		}
		p.streams[i].dropTaps()
	}
	for _, fd := range []*int{&p.stdin, &p.master, &p.sync, &p.pidfd} {
		p.s.release(*fd)
		*fd = -1
	}
	if p.log != nil {
		p.log.Close()
		p.log = nil
	}
	p.conn, p.heard = nil, nil
}
