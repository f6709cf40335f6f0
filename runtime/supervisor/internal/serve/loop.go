package serve

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/crilog"
	"argosy.dev/runtime/supervisor/wire"
)

// FDListen is the listening socket that the agent hands over.
const FDListen = 3

// server is the supervisor's whole state; only the loop touches it.
type server struct {
	epoll    int
	pids     int // this process's own process namespace
	watched  map[int32]func(events uint32)
	conns    map[*conn]struct{}
	procs    map[string]*proc
	buf      []byte // for whatever is being read
	oob      []byte // and the files beside it
	lines    *crilog.Buffer
	forks    int // since the last trim
	program  []mapping
	shutdown bool
}

// Run serves until an agent asks for the end. The caller has locked the first thread.
func Run() {
	_ = unix.Chdir("/")
	_ = unix.CloseRange(FDListen+1, ^uint(0)>>1, 0)                                                  // whatever the agent was given without knowing
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&[]byte("argosy-pod\x00")[0])), 0, 0, 0) // for ps; the file has no name
	_, _ = unix.KeyctlJoinSessionKeyring("")                                                         // containers must not share the agent's keys
	if fd, err := unix.Open("/proc/self/oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		_, _ = unix.Write(fd, []byte("-998")) // without CAP_SYS_RESOURCE the agent's own value stays
		_ = unix.Close(fd)
	}
	s, err := newServer(FDListen)
	if err != nil {
		println("argosy-supervisor:", err.Error())
		unix.Exit(1)
	}
	s.program = programPages()
	s.forks = 1 // what the start needed can go, too
	s.loop()
	unix.Exit(0)
}

func newServer(listener int) (*server, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(listener)
	if err := unix.SetNonblock(listener, true); err != nil {
		return nil, err
	}
	pids, err := unix.Open("/proc/self/ns/pid", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s := &server{
		epoll: epoll, pids: pids, watched: map[int32]func(uint32){}, conns: map[*conn]struct{}{}, procs: map[string]*proc{}, buf: make([]byte, 32<<10),
		oob: make([]byte, unix.CmsgSpace(4*wire.FilesMax)), lines: crilog.NewBuffer(),
	}
	return s, s.watch(listener, unix.EPOLLIN, func(uint32) { s.accept(listener) })
}

func (s *server) loop() {
	events := make([]unix.EpollEvent, 16)
	for !s.shutdown {
		n, err := unix.EpollWait(s.epoll, events, s.timeout())
		if err != nil && err != unix.EINTR {
			println("argosy-supervisor: epoll:", err.Error())
			unix.Exit(1)
		}
		if n == 0 && s.forks > 0 || s.forks >= trimEvery {
			s.trim()
		}
		for _, e := range events[:max(n, 0)] {
			if handle := s.watched[e.Fd]; handle != nil { // an earlier event may have closed it
				handle(e.Events)
			}
		}
		s.dropStuckTaps(time.Now())
	}
}

func (s *server) watch(fd int, events uint32, handle func(uint32)) error {
	if err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return err
	}
	s.watched[int32(fd)] = handle
	return nil
}

func (s *server) rewatch(fd int, events uint32) {
	_ = unix.EpollCtl(s.epoll, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// release stops watching fd and closes it.
func (s *server) release(fd int) {
	if fd < 0 {
		return
	}
	s.unwatch(fd)
	_ = unix.Close(fd)
}

func (s *server) unwatch(fd int) {
	if _, ok := s.watched[int32(fd)]; ok {
		_ = unix.EpollCtl(s.epoll, unix.EPOLL_CTL_DEL, fd, nil)
		delete(s.watched, int32(fd))
	}
}

// broadcast tells every connected agent how a process ended.
func (s *server) broadcast(p *wire.Process) {
	body := p.Append(nil)
	for c := range s.conns {
		c.send(wire.KindExit, 0, body)
	}
}
