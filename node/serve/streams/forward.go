package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	clientportforward "k8s.io/client-go/tools/portforward"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/streaming/pkg/httpstream"
)

// Dial connects a client's stream with a port until one of them ends or ctx does.
type Dial func(ctx context.Context, port int32, stream io.ReadWriteCloser) error

// Forward upgrades the connection and calls dial for each connection that the client forwards. dial's context ends when the client is gone.
// Errors are told to the client.
func Forward(w http.ResponseWriter, r *http.Request, dial Dial) {
	var m *multiplexed
	switch {
	case !isWebSocket(r):
		m = acceptSPDY(w, r, portforward.SupportedProtocols)
	case r.URL.Query().Has(portforward.PortHeader):
		forwardChannels(w, r, dial)
	default:
		m = acceptTunnel(w, r)
	}
	if m == nil {
		return
	}
	f := &forwarding{multiplexed: m, dial: dial, pairs: map[string]*pair{}}
	f.run()
}

// acceptTunnel begins SPDY inside a WebSocket's messages.
func acceptTunnel(w http.ResponseWriter, r *http.Request) *multiplexed {
	ws, s := acceptWebSocket(w, r, []string{portforward.WebsocketsSPDYTunnelingPortForwardV1})
	if ws == nil {
		return nil
	}
	m, err := overSession(s, clientportforward.NewTunnelingConnection("node", ws), portforward.ProtocolV1Name)
	if err != nil {
		return nil
	}
	return m
}

// forwarding is one client's forwarded connections: each has a stream for data and one for an error, which belong together by the request's
// number.
type forwarding struct {
	*multiplexed
	dial    Dial
	pairs   map[string]*pair // that wait for their other half
	running sync.WaitGroup
}

type pair struct {
	port        int32
	data, fault incoming
	since       time.Time
}

func (f *forwarding) run() {
	ticks := time.NewTicker(streamsWithin)
	defer ticks.Stop()
	for {
		select {
		case stream := <-f.incoming:
			f.add(stream)
		case now := <-ticks.C:
			f.expire(now)
		case <-f.session.ctx.Done():
			f.finish()
			f.running.Wait()
			return
		}
	}
}

// add puts a stream to its other half, and begins when there are both.
func (f *forwarding) add(stream incoming) {
	id, port, err := identify(stream)
	p := f.pairs[id]
	if err == nil && p == nil {
		p = &pair{port: port, since: time.Now()}
		f.pairs[id] = p
	}
	if err == nil {
		err = p.take(stream)
	}
	if err != nil {
		f.drop(stream)
		return
	}
	if p.data.Stream != nil && p.fault.Stream != nil {
		delete(f.pairs, id)
		f.running.Go(func() { f.forward(p) })
	}
}

func (p *pair) take(stream incoming) error {
	half := &p.data
	if stream.Headers().Get(portforward.StreamType) == portforward.StreamTypeError {
		half = &p.fault
	}
	if half.Stream != nil {
		return errors.New("there is such a stream already")
	}
	*half = stream
	return nil
}

// identify reads a stream's headers. Old clients number no requests: the two streams of one have consecutive odd numbers, the error's first.
func identify(stream httpstream.Stream) (id string, port int32, err error) {
	h := stream.Headers()
	n, err := strconv.ParseUint(h.Get(portforward.PortHeader), 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q is no port", h.Get(portforward.PortHeader))
	}
	kind := h.Get(portforward.StreamType)
	if kind != portforward.StreamTypeData && kind != portforward.StreamTypeError {
		return "", 0, fmt.Errorf("%q is no kind of stream", kind)
	}
	if id = h.Get(portforward.PortForwardRequestIDHeader); id == "" {
		first := stream.Identifier()
		if kind == portforward.StreamTypeData {
			first -= 2
		}
		id = strconv.FormatUint(uint64(first), 10)
	}
	return id, int32(n), nil
}

// expire gives streams up whose other half did not come.
func (f *forwarding) expire(now time.Time) {
	for id, p := range f.pairs {
		if now.Sub(p.since) < streamsWithin {
			continue
		}
		delete(f.pairs, id)
		f.drop(p.data)
		f.drop(p.fault)
	}
}

// drop resets a stream, if there is one.
func (f *forwarding) drop(stream incoming) {
	if stream.Stream != nil {
		_ = stream.Reset() // fails where the client is gone
		f.forget(stream.Stream)
	}
}

func (f *forwarding) forward(p *pair) {
	// What is still sent to a finished connection would wait for a reader and hold others up.
	defer f.drop(p.data)
	defer f.drop(p.fault)
	if !f.ready(p.data) || !f.ready(p.fault) {
		return
	}
	err := f.dial(f.session.ctx, p.port, &forwarded{p.data.Stream})
	if err != nil {
		_, _ = fmt.Fprintf(p.fault, "error forwarding port %d: %v", p.port, err) // a client that is gone needs no answer
	}
	_ = p.data.Close() // fails where the client is gone
	_ = p.fault.Close()
}

// forwarded is a data stream that tells its end from its being given up.
type forwarded struct{ httpstream.Stream }

var errReset = errors.New("the client gave the connection up")

// reset tells whether the client has given the stream up: this side has not finished it, and yet it is finished.
func (s *forwarded) reset() bool {
	finished, ok := s.Stream.(interface{ IsFinished() bool })
	return ok && finished.IsFinished()
}

func (s *forwarded) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	if err == io.EOF && s.reset() {
		err = errReset
	}
	return n, err
}

func (s *forwarded) Write(p []byte) (int, error) {
	if s.reset() {
		return 0, errReset
	}
	return s.Stream.Write(p)
}
