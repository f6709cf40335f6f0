package http2

import (
	"io"
	"net/http"
	"os"
	"time"

	wire "golang.org/x/net/http2"
)

// body is a request's, as far as it has come. The connection's lock guards it.
type body struct {
	*stream
	data     []byte
	read     int   // of data
	declared int64 // Content-Length; -1 for none
	got      int64
	closed   bool
	expect   bool // the client waits for a word before it sends
}

// Read is for one reader at a time.
func (b *body) Read(p []byte) (int, error) {
	c := b.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.expect {
		b.expect = false
		b.response.inform(http.StatusContinue, nil)
		c.flush()
	}
	for b.read == len(b.data) {
		switch {
		case b.failed != nil:
			return 0, b.failed
		case b.closed:
			return 0, http.ErrBodyReadAfterClose
		case b.remoteDone:
			return 0, io.EOF
		}
		if b.readable == nil {
			b.readable = make(chan struct{}, 1)
		}
		if !c.wait(b.readable, b.readBy) {
			return 0, os.ErrDeadlineExceeded
		}
	}
	n := copy(p, b.data[b.read:])
	if b.read += n; b.read == len(b.data) {
		b.data, b.read = b.data[:0], 0
	}
	b.giveBack(n)
	c.flush()
	return n, nil
}

// Close throws away what has come and what comes.
func (b *body) Close() error {
	c := b.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	b.discard()
	c.flush()
	return nil
}

func (b *body) discard() {
	if !b.closed {
		b.closed = true
		b.conn.giveBack(len(b.data) - b.read)
		b.data, b.read = nil, 0
	}
}

// giveBack lets the peer send n bytes more of this request.
func (b *body) giveBack(n int) {
	b.conn.giveBack(n)
	if b.remoteDone || b.failed != nil || b.conn.failed != nil {
		return
	}
	if b.returned += n; b.returned >= streamWindow/2 {
		b.granted += int64(b.returned)
		_ = b.conn.frames.WriteWindowUpdate(b.id, uint32(b.returned))
		b.returned = 0
	}
}

// giveBack lets the peer send n bytes more of all requests.
func (c *conn) giveBack(n int) {
	if c.returned += n; c.returned >= connWindow/4 && c.failed == nil {
		c.granted += int64(c.returned)
		_ = c.frames.WriteWindowUpdate(0, uint32(c.returned))
		c.returned = 0
	}
}

// takeData adds to a request's body.
func (c *conn) takeData(f *wire.DataFrame) error {
	size, data := int(f.Length), f.Data()
	if c.granted -= int64(size); c.granted < 0 {
		return wire.ConnectionError(wire.ErrCodeFlowControl)
	}
	s := c.streams[f.StreamID]
	if s == nil || s.remoteDone {
		c.giveBack(size)
		if s == nil {
			return c.idleStream(f.StreamID)
		}
		return wire.StreamError{StreamID: f.StreamID, Code: wire.ErrCodeStreamClosed}
	}
	b := &s.body
	b.got += int64(len(data))
	s.granted -= int64(size)
	broken := wire.StreamError{StreamID: f.StreamID, Code: wire.ErrCodeProtocol}
	switch {
	case s.granted < 0:
		c.giveBack(size)
		broken.Code = wire.ErrCodeFlowControl
		return broken
	case b.declared >= 0 && (b.got > b.declared || f.StreamEnded() && b.got < b.declared):
		c.giveBack(size)
		return broken
	}
	if b.closed {
		c.giveBack(size)
	} else {
		if padding := size - len(data); padding > 0 {
			b.giveBack(padding)
		}
		b.add(data)
	}
	if f.StreamEnded() {
		s.endRemote()
	}
	return nil
}

func (b *body) add(p []byte) {
	if len(p) == 0 {
		return
	}
	if b.read > 0 && len(b.data)+len(p) > cap(b.data) {
		b.data = b.data[:copy(b.data, b.data[b.read:])]
		b.read = 0
	}
	b.data = append(b.data, p...)
	signal(b.readable)
}

// setReadDeadline is of the response's, as http.ResponseController wants it.
func (s *stream) setReadDeadline(t time.Time) {
	s.conn.mu.Lock()
	s.readBy = t
	signal(s.readable)
	s.conn.mu.Unlock()
}
