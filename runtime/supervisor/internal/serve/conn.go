package serve

import (
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// outMax is how much an agent may leave unread before it is disconnected.
const outMax = 256 << 10

// conn is one connected agent.
type conn struct {
	s      *server
	fd     int
	in     []byte
	files  []int // received, not yet claimed by a frame
	out    []outgoing
	queued int
}

type outgoing struct {
	bytes []byte
	files []int // owned: closed once sent
}

func (s *server) accept(listener int) {
	fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	if err != nil {
		return
	}
	c := &conn{s: s, fd: fd}
	if s.watch(fd, unix.EPOLLIN, c.ready) != nil {
		_ = unix.Close(fd)
		return
	}
	s.conns[c] = struct{}{}
}

func (c *conn) ready(events uint32) {
	if events&unix.EPOLLOUT != 0 {
		c.flush()
	}
	if events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		c.receive()
	}
}

func (c *conn) receive() {
	oob := c.s.oob
	n, oobn, flags, _, err := unix.Recvmsg(c.fd, c.s.buf, oob, unix.MSG_CMSG_CLOEXEC)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	c.claim(oob[:max(oobn, 0)])
	if err != nil || n == 0 || flags&unix.MSG_CTRUNC != 0 {
		c.close()
		return
	}
	c.in = append(c.in, c.s.buf[:n]...)
	for c.fd >= 0 {
		frame, rest, ok, err := wire.CutFrame(c.in)
		if err != nil {
			c.close()
			return
		}
		if !ok {
			break
		}
		if err := c.handle(frame); err != nil {
			c.close()
			return
		}
		c.in = rest
	}
	if len(c.in) == 0 {
		c.in = nil
	}
}

func (c *conn) claim(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			c.files = append(c.files, fds...)
		}
	}
}

// take hands over the next n received files. They travel in the same order as their frames.
func (c *conn) take(n int) ([]int, error) {
	if len(c.files) < n {
		return nil, wire.ErrMalformed
	}
	fds := c.files[:n:n]
	c.files = c.files[n:]
	return fds, nil
}

// send queues a frame; the files are closed when they were sent.
func (c *conn) send(kind uint8, id uint32, body []byte, files ...int) {
	if c == nil || c.fd < 0 {
		closeAll(files)
		return
	}
	frame := wire.AppendFrame(nil, kind, id, body)
	c.out = append(c.out, outgoing{frame, files})
	if c.queued += len(frame); c.queued > outMax {
		c.close()
		return
	}
	c.flush()
}

func (c *conn) fail(id uint32, f *wire.Fault) { c.send(wire.KindError, id, f.Append(nil)) }

func (c *conn) flush() {
	for len(c.out) > 0 {
		o := &c.out[0]
		var rights []byte
		if len(o.files) > 0 {
			rights = unix.UnixRights(o.files...)
		}
		n, err := unix.SendmsgN(c.fd, o.bytes, rights, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			c.s.rewatch(c.fd, unix.EPOLLIN|unix.EPOLLOUT)
			return
		}
		if err != nil {
			c.close()
			return
		}
		closeAll(o.files)
		o.files = nil
		c.queued -= n
		if o.bytes = o.bytes[n:]; len(o.bytes) == 0 {
			c.out = c.out[1:]
		}
	}
	c.out = nil
	c.s.rewatch(c.fd, unix.EPOLLIN)
}

func (c *conn) close() {
	if c.fd < 0 {
		return
	}
	c.s.release(c.fd)
	c.fd = -1
	closeAll(c.files)
	for _, o := range c.out {
		closeAll(o.files)
	}
	c.files, c.out, c.in = nil, nil, nil
	delete(c.s.conns, c)
	c.s.abandon(func(p *proc) bool { return p.conn == c })
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}
