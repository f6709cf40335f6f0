package http2

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options bounds a connection. What is zero gets a default.
type Options struct {
	// Streams is how many requests one connection may carry at once; 250.
	Streams uint32
	// HeaderBytes is the most that the fields of one request may take, counted as RFC 9113 says; 1 MiB.
	HeaderBytes uint32
	// Idle is how long a connection without streams is kept; for ever.
	Idle time.Duration
	// Write is how long the peer may take nothing of what is written before the connection is cut; 30 s.
	Write time.Duration
	Log   *slog.Logger
}

// Server serves connections. It is safe for concurrent use.
type Server struct {
	Options
	workers  workers
	spelling spelling
	date     atomic.Pointer[date]

	mu      sync.Mutex
	conns   map[*conn]struct{}
	closing bool
}

// New makes a server, for [Server.Attach].
func New(o Options) *Server {
	if o.Streams == 0 {
		o.Streams = 250
	}
	if o.HeaderBytes == 0 {
		o.HeaderBytes = http.DefaultMaxHeaderBytes
	}
	if o.Write == 0 {
		o.Write = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Server{Options: o, conns: make(map[*conn]struct{}), workers: newWorkers()}
}

// Attach makes h serve HTTP/2 by s. h must not serve yet.
func (s *Server) Attach(h *http.Server) {
	if h.TLSNextProto == nil {
		h.TLSNextProto = make(map[string]func(*http.Server, *tls.Conn, http.Handler))
	}
	h.TLSNextProto["h2"] = func(_ *http.Server, c *tls.Conn, handler http.Handler) { s.serve(c, handler) }
	h.RegisterOnShutdown(s.Shutdown)
}

// Shutdown tells every peer to open no more streams here. Connections end with their last stream. It returns at once.
func (s *Server) Shutdown() {
	s.mu.Lock()
	s.closing = true
	list := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		list = append(list, c)
	}
	s.mu.Unlock()
	s.workers.stop()
	for _, c := range list {
		c.retire()
	}
}

// add takes note of a connection; false once the server is closing.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.conns[c] = struct{}{}
	}
	return !s.closing
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// serve returns when the connection is over.
func (s *Server) serve(socket *tls.Conn, handler http.Handler) {
	base := context.Background()
	if b, ok := handler.(interface{ BaseContext() context.Context }); ok { // what net/http hands over
		base = b.BaseContext()
	}
	c := newConn(s, socket, base, handler)
	defer socket.Close()
	if !s.add(c) {
		return
	}
	defer s.remove(c)
	c.read()
}

// date is the Date field of answers within one second.
type date struct {
	second int64
	text   string
}

func (s *Server) now() string {
	now := time.Now()
	d := s.date.Load()
	if d == nil || d.second != now.Unix() {
		d = &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
		s.date.Store(d)
	}
	return d.text
}
