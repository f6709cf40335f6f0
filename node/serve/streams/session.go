package streams

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"argosy.dev/base/tunnel"
)

// idleLimit ends sessions in which nothing was said for so long: the kubelet's default of streaming-connection-idle-timeout.
const idleLimit = 4 * time.Hour

// remindEvery is how often a client is sent something, so that it shows when there is nobody any more.
const remindEvery = 10 * time.Second

// lastWords is how long a session that is over may take to tell so.
const lastWords = 5 * time.Second

var (
	errGone = errors.New("the client is gone")
	errIdle = fmt.Errorf("nothing was said for %s", idleLimit)
)

// session is an upgraded connection. It notices when the client goes, by whatever reads or writes it, and closes without losing what was
// written last.
type session struct {
	net.Conn
	in io.Reader
	// ctx ends when the client is gone or idle, or with the request's.
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *time.Timer
	watch  func() // stops it
	close  sync.Once
}

// takeOver makes a session of a request's connection.
func takeOver(w http.ResponseWriter, r *http.Request) (*session, *bufio.ReadWriter, error) {
	conn, in, err := tunnel.TakeOver(w)
	if err != nil {
		return nil, nil, err
	}
	s := &session{Conn: conn, in: in}
	s.ctx, s.cancel = context.WithCancelCause(r.Context())
	s.idle = time.AfterFunc(idleLimit, func() { s.cancel(errIdle) })
	gone, stop := tunnel.Watch(conn)
	s.watch = stop
	go func() {
		select {
		case <-gone:
			s.cancel(errGone)
		case <-s.ctx.Done():
		}
		// Nothing that is still written may wait for ever.
		_ = conn.SetWriteDeadline(time.Now().Add(lastWords))
	}()
	return s, bufio.NewReadWriter(bufio.NewReader(s), bufio.NewWriter(s)), nil
}

func (s *session) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.seen(err)
	return n, err
}

func (s *session) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.seen(err)
	return n, err
}

func (s *session) seen(err error) {
	if err != nil {
		s.cancel(errGone)
		return
	}
	s.idle.Reset(idleLimit)
}

// Close tells the client that nothing more comes. Reads go on for a little while: to close while something is unread would make the kernel
// throw away what the client was not sent yet. See end.
func (s *session) Close() error {
	s.close.Do(func() {
		limit := time.Now().Add(tunnel.Linger)
		_ = s.SetWriteDeadline(limit)
		if half, ok := s.Conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		_ = s.SetReadDeadline(limit)
	})
	return nil
}

// end closes for good. Whatever reads has ended, or ends now.
func (s *session) end() {
	s.Close()
	s.cancel(errGone)
	s.idle.Stop()
	s.watch()
	_ = s.Conn.Close()
}

// over hands a session to code that wants to take a connection over itself.
type over struct {
	http.ResponseWriter
	r *http.Request
	s *session
}

func (o *over) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s, buffered, err := takeOver(o.ResponseWriter, o.r)
	o.s = s
	return s, buffered, err
}
