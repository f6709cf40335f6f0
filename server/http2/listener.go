package http2

import (
	"net"
	"sync"
)

// Listen wraps a listener of TCP so that what a connection of HTTP/2 writes at once leaves in one system call, and not in one for
// every 16 KiB, which is what a TLS record holds.
func Listen(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &corked{Conn: c}, nil
}

// corked is a connection that can hold back what is written.
type corked struct {
	net.Conn
	mu   sync.Mutex
	held *buffer // not nil: hold back
}

func (c *corked) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return c.Conn.Write(p)
	}
	if len(c.held.bytes)+len(p) > enough {
		if err := c.release(); err != nil {
			return 0, err
		}
	}
	return c.held.Write(p)
}

// hold begins to hold back.
func (c *corked) hold() {
	c.mu.Lock()
	c.held = newBuffer()
	c.mu.Unlock()
}

// let writes what was held back, and holds back no more.
func (c *corked) let() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.release()
	c.held.free()
	c.held = nil
	return err
}

func (c *corked) release() error {
	if len(c.held.bytes) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held.bytes)
	c.held.bytes = c.held.bytes[:0]
	return err
}
