package http2

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	// streamWindow is how much of one request's body the peer may send before it is read.
	streamWindow = 256 << 10
	// connWindow is the same for all requests of a connection together.
	connWindow = 4 << 20
	// defaultWindow and tableSize are what RFC 9113 says where nobody says otherwise.
	defaultWindow = 64<<10 - 1
	tableSize     = 4096
	// greeting is how long the peer may take for its first words.
	greeting = 10 * time.Second
	// farewell is how long the peer may take to end a connection that is over.
	farewell = 250 * time.Millisecond
	// mostWindow is the largest window that a peer may open.
	mostWindow = 1<<31 - 1
)

// conn is one connection. Its reader is the goroutine of read; handlers write themselves.
type conn struct {
	server  *Server
	socket  *tls.Conn
	cork    *corked // below socket; nil where the listener was not wrapped
	base    context.Context
	handler http.Handler
	tls     tls.ConnectionState
	remote  string
	input   *bufio.Reader
	frames  *wire.Framer      // reads frames for the reader; writes them under mu
	names   map[string]string // of fields, as http.Header spells them; the reader's

	mu      sync.Mutex
	out     output
	fields  *hpack.Encoder
	block   bytes.Buffer       // what fields writes
	streams map[uint32]*stream // open in at least one direction
	last    uint32             // the newest of the peer's
	// handlers run; queue holds streams of a peer that has reset others faster than their handlers could end.
	handlers uint32
	queue    []*stream
	waiting  map[*stream]struct{} // writers that wait for windows or room
	window   int64                // what the peer takes of all streams' bodies
	first    int64                // the window of a stream when it begins
	frame    int                  // the largest frame that the peer takes
	granted  int64                // what the peer may send of all streams' bodies
	returned int                  // what it may send again, and has not been told
	retiring bool                 // GOAWAY is sent
	failed   error                // why nothing can be sent any more
	idle     *time.Timer
	rest     time.Time // since when there are no streams
}

func newConn(s *Server, socket *tls.Conn, base context.Context, handler http.Handler) *conn {
	c := &conn{server: s, socket: socket, base: base, handler: handler, tls: socket.ConnectionState(), remote: socket.RemoteAddr().String(),
		streams: make(map[uint32]*stream), waiting: make(map[*stream]struct{}),
		names: make(map[string]string), granted: connWindow, window: defaultWindow, first: defaultWindow, frame: recordSize, rest: time.Now()}
	c.cork, _ = socket.NetConn().(*corked)
	c.input = bufio.NewReaderSize(socket, recordSize)
	c.frames = wire.NewFramer(&c.out, c.input)
	c.frames.ReadMetaHeaders = hpack.NewDecoder(tableSize, nil)
	c.frames.MaxHeaderListSize = s.HeaderBytes
	c.frames.SetReuseFrames()
	c.fields = hpack.NewEncoder(&c.block)
	c.fields.SetMaxDynamicTableSizeLimit(tableSize)
	return c
}

// read takes in frames until the connection is over.
func (c *conn) read() {
	err := c.greet()
	for err == nil {
		var f wire.Frame
		if f, err = c.frames.ReadFrame(); err == nil {
			err = c.take(f)
		}
		var broken wire.StreamError
		switch {
		case errors.As(err, &broken):
			err = c.refuse(broken.StreamID, broken.Code)
		case errors.Is(err, wire.ErrFrameTooLarge):
			err = wire.ConnectionError(wire.ErrCodeFrameSize)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var broken wire.ConnectionError
	if errors.As(err, &broken) && c.failed == nil {
		_ = c.frames.WriteGoAway(c.last, wire.ErrCode(broken), nil)
		c.flushLater()
		c.out.settled = make(chan struct{})
		c.wait(c.out.settled, time.Now().Add(farewell))
	}
	c.fail(err)
}

// greet reads the preface, and says how much this side takes.
func (c *conn) greet() error {
	c.mu.Lock()
	_ = c.frames.WriteSettings(
		wire.Setting{ID: wire.SettingMaxConcurrentStreams, Val: c.server.Streams},
		wire.Setting{ID: wire.SettingMaxHeaderListSize, Val: c.server.HeaderBytes},
		wire.Setting{ID: wire.SettingInitialWindowSize, Val: streamWindow})
	_ = c.frames.WriteWindowUpdate(0, connWindow-defaultWindow)
	c.flushLater()
	if c.server.Idle > 0 {
		c.idle = time.AfterFunc(c.server.Idle, c.checkIdle)
	}
	c.mu.Unlock()
	_ = c.socket.SetReadDeadline(time.Now().Add(greeting))
	preface := make([]byte, len(wire.ClientPreface))
	if _, err := io.ReadFull(c.input, preface); err != nil {
		return err
	}
	if string(preface) != wire.ClientPreface {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	f, err := c.frames.ReadFrame()
	if err != nil {
		return err
	}
	if s, ok := f.(*wire.SettingsFrame); !ok || s.IsAck() {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	_ = c.socket.SetReadDeadline(time.Time{})
	return c.take(f)
}

// take acts on one frame.
func (c *conn) take(f wire.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	var err error
	switch f := f.(type) {
	case *wire.MetaHeadersFrame:
		err = c.takeHeaders(f)
	case *wire.DataFrame:
		err = c.takeData(f)
	case *wire.WindowUpdateFrame:
		err = c.takeWindow(f)
	case *wire.RSTStreamFrame:
		err = c.takeReset(f)
	case *wire.SettingsFrame:
		err = c.takeSettings(f)
	case *wire.PingFrame:
		if !f.IsAck() {
			_ = c.frames.WritePing(true, f.Data)
		}
	case *wire.PushPromiseFrame:
		err = wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if err != nil {
		return err
	}
	if c.out.size() > tooMuch {
		return wire.ConnectionError(wire.ErrCodeEnhanceYourCalm)
	}
	c.flushLater()
	return nil
}

func (c *conn) takeSettings(f *wire.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	err := f.ForeachSetting(func(s wire.Setting) error {
		if err := s.Valid(); err != nil {
			return err
		}
		switch s.ID {
		case wire.SettingHeaderTableSize:
			c.fields.SetMaxDynamicTableSize(min(s.Val, tableSize))
		case wire.SettingInitialWindowSize:
			more := int64(s.Val) - c.first
			c.first = int64(s.Val)
			for _, s := range c.streams {
				if s.window += more; s.window > mostWindow {
					return wire.ConnectionError(wire.ErrCodeFlowControl)
				}
			}
			c.wakeAll()
		case wire.SettingMaxFrameSize:
			c.frame = int(min(s.Val, enough))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.frames.WriteSettingsAck()
}

func (c *conn) takeWindow(f *wire.WindowUpdateFrame) error {
	if f.StreamID == 0 {
		if c.window += int64(f.Increment); c.window > mostWindow {
			return wire.ConnectionError(wire.ErrCodeFlowControl)
		}
		c.wakeAll()
		return nil
	}
	s := c.streams[f.StreamID]
	if s == nil {
		return c.idleStream(f.StreamID)
	}
	if s.window += int64(f.Increment); s.window > mostWindow {
		return wire.StreamError{StreamID: f.StreamID, Code: wire.ErrCodeFlowControl}
	}
	s.wake()
	return nil
}

func (c *conn) takeReset(f *wire.RSTStreamFrame) error {
	s := c.streams[f.StreamID]
	if s == nil {
		return c.idleStream(f.StreamID)
	}
	s.close(wire.StreamError{StreamID: f.StreamID, Code: f.ErrCode})
	return nil
}

// idleStream judges a frame for a stream that is not open: one that is over may still get some, one that never was must not.
func (c *conn) idleStream(id uint32) error {
	if id > c.last || id%2 == 0 {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	return nil
}

// refuse ends a stream for the peer's fault.
func (c *conn) refuse(id uint32, code wire.ErrCode) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	c.last = max(c.last, id) // its number is used up
	if s := c.streams[id]; s != nil {
		s.close(wire.StreamError{StreamID: id, Code: code})
	}
	_ = c.frames.WriteRSTStream(id, code)
	if c.out.size() > tooMuch {
		return wire.ConnectionError(wire.ErrCodeEnhanceYourCalm)
	}
	c.flushLater()
	return nil
}

// wakeAll lets every waiting writer look again.
func (c *conn) wakeAll() {
	for s := range c.waiting {
		s.wake()
	}
}

// fail ends the connection and everything on it.
func (c *conn) fail(err error) {
	if c.failed != nil {
		return
	}
	c.failed = err
	if c.out.pending != nil {
		c.out.pending.free()
		c.out.pending = nil
	}
	if c.idle != nil {
		c.idle.Stop()
	}
	for _, s := range c.streams {
		s.close(err)
	}
	c.queue = nil
}

// retire tells the peer to open no more streams here.
func (c *conn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retireLocked()
}

func (c *conn) retireLocked() {
	if c.retiring || c.failed != nil {
		return
	}
	c.retiring = true
	_ = c.frames.WriteGoAway(c.last, wire.ErrCodeNo, nil)
	c.flushLater()
	c.endIfOver()
}

// endIfOver ends a connection that retires and has no streams left. The peer closes it, or is given little time.
func (c *conn) endIfOver() {
	if c.retiring && len(c.streams) == 0 {
		_ = c.socket.SetReadDeadline(time.Now().Add(farewell))
	}
}

func (c *conn) checkIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return
	}
	left := c.server.Idle
	if len(c.streams) == 0 {
		left -= time.Since(c.rest)
	}
	if left > 0 {
		c.idle.Reset(left)
		return
	}
	c.retireLocked()
}

// retireSoon is retire for a handler that holds no lock.
func (c *conn) retireSoon() { go c.retire() }
