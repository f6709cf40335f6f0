package http2

import (
	"context"
	"net/http"
	"runtime/debug"
	"time"

	wire "golang.org/x/net/http2"
)

// stream is one request and its answer. The connection's lock guards what is not only its handler's.
type stream struct {
	conn     *conn
	id       uint32
	request  *http.Request
	cancel   context.CancelFunc
	response response
	body     body

	window     int64 // what the peer takes of the answer
	granted    int64 // what the peer may send of the request
	returned   int   // what it may send again, and has not been told
	remoteDone bool  // the request is here, whole
	localDone  bool  // the answer is sent, whole
	failed     error // why the stream ended before that

	writable, readable chan struct{} // wake who waits; made by who does
	writeBy, readBy    time.Time
}

// run calls the handler, and ends the stream.
func (s *stream) run() {
	c := s.conn
	whole := false
	defer func() {
		if !whole {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
				c.server.Log.Error("a handler panicked", "method", s.request.Method, "path", s.request.URL.Path, "cause", cause, "stack", string(debug.Stack()))
			}
		}
		c.mu.Lock()
		if whole {
			s.response.finish()
		}
		s.end(whole)
		c.handlerDone()
		c.flush()
		c.mu.Unlock()
		s.cancel()
	}()
	c.handler.ServeHTTP(&s.response, s.request)
	whole = true
}

// end leaves nothing of a stream whose handler is done. The peer is told to send no more of a request that nobody reads, and that an answer
// broke off where it did.
func (s *stream) end(whole bool) {
	s.body.discard()
	if s.failed != nil || s.conn.failed != nil || s.localDone && s.remoteDone {
		return
	}
	code := wire.ErrCodeNo
	if !whole || !s.localDone {
		code = wire.ErrCodeInternal
	}
	s.reset(code, http.ErrAbortHandler)
}

// reset ends the stream from this side.
func (s *stream) reset(code wire.ErrCode, err error) {
	if s.failed != nil || s.conn.failed != nil {
		return
	}
	_ = s.conn.frames.WriteRSTStream(s.id, code)
	s.close(err)
}

// close ends the stream before its time: by the peer's word or by its fault, or with the connection.
func (s *stream) close(err error) {
	if s.failed != nil {
		return
	}
	s.failed = err
	s.body.discard()
	s.conn.drop(s)
	s.cancel()
	s.wake()
	signal(s.readable)
}

// endRemote: the request is here, whole.
func (s *stream) endRemote() {
	s.remoteDone = true
	signal(s.readable)
	if s.localDone {
		s.conn.drop(s)
	}
}

// endLocal: the answer is sent, whole.
func (s *stream) endLocal() {
	s.localDone = true
	if s.remoteDone {
		s.conn.drop(s)
	}
}

// wake lets a waiting writer look again.
func (s *stream) wake() { signal(s.writable) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // nobody waits, or it is told already
	}
}

// wait lets go of the lock until ch is signalled; false once by is over.
func (c *conn) wait(ch chan struct{}, by time.Time) bool {
	var late <-chan time.Time
	if !by.IsZero() {
		t := time.NewTimer(time.Until(by))
		defer t.Stop()
		late = t.C
	}
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-ch:
		return true
	case <-late:
		return false
	}
}

// open makes a stream of a request and starts its handler, or lets it wait for one to end.
func (c *conn) open(s *stream) error {
	c.streams[s.id] = s
	if c.handlers < c.server.Streams {
		c.handlers++
		c.server.workers.start(s)
		return nil
	}
	if c.queue = append(c.queue, s); len(c.queue) > 4*int(c.server.Streams) {
		return wire.ConnectionError(wire.ErrCodeEnhanceYourCalm)
	}
	return nil
}

func (c *conn) handlerDone() {
	for len(c.queue) > 0 {
		s := c.queue[0]
		c.queue = c.queue[1:]
		if s.failed == nil {
			c.server.workers.start(s)
			return
		}
	}
	c.handlers--
}

// drop forgets a stream.
func (c *conn) drop(s *stream) {
	delete(c.streams, s.id)
	if len(c.streams) == 0 {
		c.rest = time.Now()
		c.endIfOver()
	}
}
