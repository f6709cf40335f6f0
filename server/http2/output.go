package http2

import (
	"encoding/binary"
	"runtime"
	"time"

	wire "golang.org/x/net/http2"
)

const (
	// enough is how much waits to be written before handlers wait too.
	enough = 256 << 10
	// tooMuch is how much may gather of what is no answer before the peer is taken for one who floods.
	tooMuch = 2 * enough
	// recordSize is what one TLS record holds.
	recordSize = 16 << 10
)

// output gathers frames, and writes what has gathered. The connection's lock guards it.
type output struct {
	pending *buffer // frames that nobody has begun to write; nil for none
	writing bool    // somebody does
	renewed time.Time
	settled chan struct{} // closed when nobody writes any more, if somebody waits for that
}

func (o *output) settle() {
	o.writing = false
	if o.settled != nil {
		close(o.settled)
		o.settled = nil
	}
}

// size is how much waits to be written.
func (o *output) size() int {
	if o.pending == nil {
		return 0
	}
	return len(o.pending.bytes)
}

// Write appends what the framer makes.
func (o *output) Write(p []byte) (int, error) {
	if o.pending == nil {
		o.pending = newBuffer()
	}
	return o.pending.Write(p)
}

// data appends a DATA frame.
func (o *output) data(stream uint32, p []byte, end bool) {
	var head [9]byte
	binary.BigEndian.PutUint32(head[:4], uint32(len(p))<<8|uint32(wire.FrameData))
	if end {
		head[4] = byte(wire.FlagDataEndStream)
	}
	binary.BigEndian.PutUint32(head[5:], stream)
	_, _ = o.Write(head[:])
	_, _ = o.Write(p)
}

// flush writes what has gathered, unless somebody is writing, who then will. It may block as long as the peer takes nothing. The lock is
// held before and after, and not meanwhile.
func (c *conn) flush() {
	if c.out.writing || c.out.size() == 0 || c.failed != nil {
		return
	}
	c.out.writing = true
	c.mu.Unlock()
	runtime.Gosched() // whoever is about to answer on this connection too, shares the write
	c.mu.Lock()
	c.writeOnce()
	if c.out.size() > 0 && c.failed == nil {
		go c.drain() // what others have added meanwhile is not this handler's to wait for
		return
	}
	c.out.settle()
}

// flushLater is flush for the reader, who must not wait for the peer.
func (c *conn) flushLater() {
	if !c.out.writing && c.out.size() > 0 && c.failed == nil {
		c.out.writing = true
		go c.drain()
	}
}

// drain writes until nothing is left; writing is set.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.out.size() > 0 && c.failed == nil {
		c.writeOnce()
	}
	c.out.settle()
}

func (c *conn) writeOnce() {
	o := &c.out
	if c.failed != nil || o.pending == nil {
		return // the connection ended while the lock was free
	}
	p := o.pending
	o.pending = nil
	c.wakeAll() // there is room
	now := time.Now()
	renew := now.Sub(o.renewed) > time.Second
	if renew {
		o.renewed = now
	}
	c.mu.Unlock()
	if renew {
		// Not for every write: it costs a timer. So a write has Options.Write, or up to a second less.
		_ = c.socket.SetWriteDeadline(now.Add(c.server.Options.Write)) // if it fails, so does the write
	}
	err := c.send(p.bytes)
	p.free()
	c.mu.Lock()
	if err != nil {
		c.fail(err)
		c.socket.NetConn().Close() // so that the reader ends
	}
}

func (c *conn) send(p []byte) error {
	if c.cork == nil || len(p) <= recordSize {
		_, err := c.socket.Write(p)
		return err
	}
	c.cork.hold()
	_, err := c.socket.Write(p)
	if e := c.cork.let(); err == nil {
		err = e
	}
	return err
}
