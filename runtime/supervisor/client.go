package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// ErrDisconnected: the supervisor ended, or the client was closed.
var ErrDisconnected = errors.New("the pod's supervisor is gone")

// Client is a connection to one supervisor.
type Client struct {
	conn   *net.UnixConn
	onExit func(wire.Process)
	done   chan struct{}

	mu      sync.Mutex // guards what follows, and keeps frames whole
	next    uint32
	waiting map[uint32]chan<- reply
	closed  bool
}

type reply struct {
	kind  uint8
	body  []byte
	files []*os.File
}

func (r *reply) closeFiles() {
	for _, f := range r.files {
		f.Close()
	}
}

// Dial connects to the supervisor at the socket path. onExit is called for every process that ends from now on.
func Dial(ctx context.Context, path string, onExit func(wire.Process)) (*Client, error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, onExit: onExit, done: make(chan struct{}), waiting: map[uint32]chan<- reply{}}
	go c.read()
	return c, nil
}

// Done is closed when the connection ended: the supervisor is gone, or Close was called.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close disconnects. The supervisor goes on.
func (c *Client) Close() error { return c.conn.Close() }

func (c *Client) read() {
	defer c.disconnected()
	var (
		in    []byte
		files []*os.File
		buf   = make([]byte, 8<<10)
		oob   = make([]byte, unix.CmsgSpace(4*wire.FilesMax))
	)
	defer func() { (&reply{files: files}).closeFiles() }()
	for {
		n, oobn, flags, _, err := c.conn.ReadMsgUnix(buf, oob)
		files = append(files, received(oob[:max(oobn, 0)])...)
		if err != nil || n == 0 || flags&unix.MSG_CTRUNC != 0 {
			return
		}
		in = append(in, buf[:n]...)
		for {
			frame, rest, ok, err := wire.CutFrame(in)
			if err != nil {
				return
			}
			if !ok {
				break
			}
			c.deliver(frame, &files)
			in = rest
		}
	}
}

func received(oob []byte) (files []*os.File) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			_ = unix.SetNonblock(fd, true) // so that waiting for it costs no thread
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files
}

// deliver gives a frame to who waits for it. The supervisor answers one request after the other, so that files which
// arrived belong to the first answer after them.
func (c *Client) deliver(f wire.Frame, files *[]*os.File) {
	if f.Kind == wire.KindExit {
		if p, err := wire.DecodeProcess(f.Body); err == nil && c.onExit != nil {
			c.onExit(p)
		}
		return
	}
	r := reply{kind: f.Kind, body: append([]byte(nil), f.Body...), files: *files}
	*files = nil
	c.mu.Lock()
	ch := c.waiting[f.ID]
	delete(c.waiting, f.ID)
	c.mu.Unlock()
	if ch == nil {
		r.closeFiles()
		return
	}
	ch <- r
}

func (c *Client) disconnected() {
	c.conn.Close()
	c.mu.Lock()
	c.closed = true
	for id, ch := range c.waiting {
		close(ch)
		delete(c.waiting, id)
	}
	c.mu.Unlock()
	close(c.done)
}

// call sends one request and waits for its reply. When ctx ends first the reply is thrown away; the request may still
// take effect.
func (c *Client) call(ctx context.Context, kind uint8, body []byte, files ...*os.File) (reply, error) {
	ch := make(chan reply, 1)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return reply{}, ErrDisconnected
	}
	c.next++
	id := c.next
	c.waiting[id] = ch
	err := c.write(wire.AppendFrame(nil, kind, id, body), files)
	c.mu.Unlock()
	if err != nil {
		c.conn.Close()
		return reply{}, fmt.Errorf("%w: %v", ErrDisconnected, err)
	}
	select {
	case r, ok := <-ch:
		if !ok {
			return reply{}, ErrDisconnected
		}
		if r.kind == wire.KindError {
			f, err := wire.DecodeFault(r.body)
			if err != nil {
				return reply{}, err
			}
			return reply{}, &f
		}
		return r, nil
	case <-ctx.Done():
		go func() {
			if r, ok := <-ch; ok {
				r.closeFiles()
			}
		}()
		return reply{}, ctx.Err()
	}
}

func (c *Client) write(frame []byte, files []*os.File) error {
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	n, _, err := c.conn.WriteMsgUnix(frame, rights, nil)
	if err == nil && n < len(frame) {
		_, err = c.conn.Write(frame[n:])
	}
	return err
}
