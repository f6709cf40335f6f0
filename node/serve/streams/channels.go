package streams

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"argosy.dev/base/tunnel"
)

// closeChannel, followed by a channel's number, says from v5.channel.k8s.io on that the channel's writer has ended.
const closeChannel = 255

// channels are the byte streams of a WebSocket whose messages begin with a channel's number.
type channels struct {
	ws      *websocket.Conn
	session *session
	base64  bool // messages are text: the number as a digit, the rest as base64
	closes  bool // the client may close a channel

	write sync.Mutex
	// readers take what comes on a channel; other channels' is dropped.
	readers map[byte]func(io.Reader)
	closers map[byte]func()

	pongs chan string
	done  chan struct{}
	ended sync.WaitGroup
}

func newChannels(ws *websocket.Conn, s *session) *channels {
	return &channels{
		ws: ws, session: s, base64: strings.Contains(ws.Subprotocol(), "base64"), closes: ws.Subprotocol() == protocolV5,
		readers: map[byte]func(io.Reader){}, closers: map[byte]func(){},
		pongs: make(chan string, 1), done: make(chan struct{}),
	}
}

// start begins to read. The readers are set before.
func (c *channels) start() {
	c.ws.SetPingHandler(func(message string) error {
		select {
		case c.pongs <- message:
		default: // one is due anyway
		}
		return nil
	})
	c.ended.Go(c.read)
	c.ended.Go(c.pong)
}

func (c *channels) read() {
	defer func() {
		for _, closed := range c.closers {
			closed()
		}
	}()
	for {
		_, message, err := c.ws.NextReader()
		if err != nil {
			c.session.cancel(errGone) // also after the client said good-bye
			return
		}
		if err := c.take(message); err != nil {
			c.session.cancel(err)
			return
		}
	}
}

var errProtocol = errors.New("the client broke the protocol")

func (c *channels) take(message io.Reader) error {
	var head [2]byte
	if _, err := io.ReadFull(message, head[:1]); err != nil {
		return nil // an empty message says nothing
	}
	n := head[0]
	if c.closes && n == closeChannel {
		if _, err := io.ReadFull(message, head[1:]); err != nil {
			return errProtocol
		}
		if closed := c.closers[head[1]]; closed != nil {
			closed()
		}
		return nil
	}
	if c.base64 {
		n -= '0'
		message = base64.NewDecoder(base64.StdEncoding, message)
	}
	if reader := c.readers[n]; reader != nil {
		reader(message)
	}
	return nil
}

// pong answers pings, and tells the client now and then without a ping that it is heard: while a command reads nothing of its input, pings are stuck
// behind that input, and a client would take the missing answers for a dead connection (kubectl: after a minute).
func (c *channels) pong() {
	ticks := time.NewTicker(remindEvery)
	defer ticks.Stop()
	message := ""
	for {
		select {
		case <-c.done:
			return
		case message = <-c.pongs:
		case <-ticks.C:
			message = ""
		}
		// No deadline: it would break a connection whose client is only slow.
		_ = c.send(func() error { return c.ws.WriteMessage(websocket.PongMessage, []byte(message)) })
	}
}

func (c *channels) send(f func() error) error {
	c.write.Lock()
	defer c.write.Unlock()
	return f()
}

// writer writes to a channel.
func (c *channels) writer(n byte) io.WriteCloser { return &channel{c, n} }

type channel struct {
	*channels
	n byte
}

// Write sends p; an empty one as an empty message.
func (c *channel) Write(p []byte) (written int, err error) {
	for {
		part := p[written:min(len(p), written+messageMax)]
		if err := c.send(func() error { return c.message(part) }); err != nil {
			return written, err
		}
		written += len(part)
		if written == len(p) {
			return written, nil
		}
	}
}

func (c *channel) message(part []byte) error {
	if c.base64 {
		text := append([]byte{'0' + c.n}, base64.StdEncoding.EncodeToString(part)...)
		return c.ws.WriteMessage(websocket.TextMessage, text)
	}
	w, err := c.ws.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte{c.n}); err != nil {
		return err
	}
	if _, err := w.Write(part); err != nil {
		return err
	}
	return w.Close()
}

// Close does nothing: the protocol has no word for the end of an output.
func (c *channel) Close() error { return nil }

// finish says good-bye and waits for the client to hear it.
func (c *channels) finish() {
	close(c.done)
	limit := time.Now().Add(tunnel.Linger)
	_ = c.session.SetWriteDeadline(limit) // of a pong that is stuck
	_ = c.send(func() error {
		_ = c.ws.SetWriteDeadline(limit) // never fails
		return c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	})
	_ = c.session.Close()
	c.ended.Wait()
	c.session.end()
}
