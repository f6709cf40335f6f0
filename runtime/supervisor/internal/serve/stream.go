package serve

import (
	"time"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/crilog"
)

// tapPatience is how long an attached client may read nothing before it is cut off, so that a client that hangs cannot
// stop the container for ever.
const tapPatience = 10 * time.Second

// stream is one output of a container: read once, logged, and copied to every attached client.
type stream struct {
	s    *server
	fd   int // -1 after its end
	log  *crilog.Stream
	taps []*tap
	// held: an attached client is behind, so nothing more is read until it caught up.
	held bool
}

// tap is one attached client's end.
type tap struct {
	fd      int
	pending []byte
	since   time.Time // when it last took something, while pending
}

func (st *stream) tap(fd int) {
	if st.fd < 0 {
		_ = unix.Close(fd)
		return
	}
	_ = unix.SetNonblock(fd, true)
	st.taps = append(st.taps, &tap{fd: fd})
}

// readable moves one buffer of output.
func (st *stream) readable(uint32) {
	if st.held {
		return
	}
	st.pump()
}

// pump reads once and reports whether there may be more.
func (st *stream) pump() bool {
	if st.fd < 0 {
		return false
	}
	n, err := unix.Read(st.fd, st.s.buf)
	if err == unix.EINTR {
		return true
	}
	if err == unix.EAGAIN {
		return false
	}
	if err != nil || n <= 0 { // a terminal whose last user left answers EIO
		st.end()
		return false
	}
	if st.log != nil {
		st.log.Write(st.s.buf[:n])
	}
	for _, t := range st.taps {
		st.feed(t, st.s.buf[:n])
	}
	st.prune()
	return true
}

func (st *stream) feed(t *tap, p []byte) {
	for len(p) > 0 {
		n, err := unix.Write(t.fd, p)
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			t.pending = append([]byte(nil), p...)
			t.since = time.Now()
			if st.s.watch(t.fd, unix.EPOLLOUT, func(uint32) { st.resume(t) }) != nil {
				st.drop(t)
			}
			return
		}
		if err != nil {
			st.drop(t)
			return
		}
		p = p[n:]
	}
}

// resume goes on feeding a client that can take more.
func (st *stream) resume(t *tap) {
	n, err := unix.Write(t.fd, t.pending)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil:
		st.drop(t)
	default:
		t.since = time.Now()
		if t.pending = t.pending[n:]; len(t.pending) > 0 {
			return
		}
		t.pending = nil
		st.s.unwatch(t.fd)
	}
	st.prune()
}

func (st *stream) drop(t *tap) {
	st.s.release(t.fd)
	t.fd, t.pending = -1, nil
}

// prune forgets dropped clients and holds or frees the source.
func (st *stream) prune() {
	kept, held := st.taps[:0], false
	for _, t := range st.taps {
		if t.fd >= 0 {
			kept = append(kept, t)
			held = held || t.pending != nil
		}
	}
	st.taps = kept
	if held == st.held {
		return
	}
	st.held = held
	if st.fd >= 0 {
		// Watching for nothing would still report a hang-up, again and again.
		if held {
			st.s.unwatch(st.fd)
		} else if st.s.watch(st.fd, unix.EPOLLIN, st.readable) != nil {
			st.end()
		}
	}
}

func (st *stream) end() {
	st.s.release(st.fd)
	st.fd = -1
	if st.log != nil {
		st.log.End()
	}
}

// behind reports whether a client still has something to take.
func (st *stream) behind() bool {
	for _, t := range st.taps {
		if t.pending != nil {
			return true
		}
	}
	return false
}

func (st *stream) dropTaps() {
	for _, t := range st.taps {
		st.drop(t)
	}
	st.taps = nil
}

// timeout is how long the loop may sleep, in milliseconds; -1 while there is nothing to come back for.
func (s *server) timeout() int {
	for _, p := range s.procs {
		if p.streams[0].behind() || p.streams[1].behind() || p.finishing {
			return 250
		}
	}
	if s.forks > 0 {
		return trimAfter
	}
	return -1
}

func (s *server) dropStuckTaps(now time.Time) {
	for _, p := range s.procs {
		for i := range p.streams {
			st := &p.streams[i]
			for _, t := range st.taps {
				if t.pending != nil && now.Sub(t.since) > tapPatience {
					st.drop(t)
				}
			}
			if st.held {
				st.prune()
			}
		}
		if p.finishing {
			p.finish()
		}
	}
}
