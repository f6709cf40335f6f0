package streams

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// streamsWithin bounds how long a client may take to open the streams that it announced.
const streamsWithin = 30 * time.Second

// multiplexed is a SPDY connection whose client opens streams.
type multiplexed struct {
	httpstream.Connection
	session  *session
	protocol string
	incoming chan incoming
	full     chan struct{} // closed when no further stream is wanted

	mu sync.Mutex
	// open are the streams that are not finished; true for those on which the client expects something.
	open     map[httpstream.Stream]bool
	attended sync.WaitGroup
}

type incoming struct {
	httpstream.Stream
	replied <-chan struct{}
}

var errUnexpected = errors.New("a stream that was not announced")

// acceptSPDY answers an upgrade request. Where it is refused, the answer is written and nil returned.
func acceptSPDY(w http.ResponseWriter, r *http.Request, protocols []string) *multiplexed {
	if !strings.EqualFold(r.Header.Get(httpstream.HeaderUpgrade), spdy.HeaderSpdy31) {
		http.Error(w, fmt.Sprintf("the request must ask for an upgrade to %s or websocket", spdy.HeaderSpdy31), http.StatusBadRequest)
		return nil
	}
	protocol, err := httpstream.Handshake(r, w, protocols)
	if err != nil {
		return nil // answered
	}
	w.Header().Set(httpstream.HeaderConnection, httpstream.HeaderUpgrade)
	w.Header().Set(httpstream.HeaderUpgrade, spdy.HeaderSpdy31)
	w.WriteHeader(http.StatusSwitchingProtocols)
	s, _, err := takeOver(w, r)
	if err != nil {
		return nil // HTTP/2, or a server that is shutting down: the connection is of no use any more
	}
	m, err := overSession(s, s, protocol)
	if err != nil {
		return nil
	}
	return m
}

// overSession begins to speak SPDY.
func overSession(s *session, conn net.Conn, protocol string) (*multiplexed, error) {
	m := &multiplexed{session: s, protocol: protocol, incoming: make(chan incoming), full: make(chan struct{}), open: map[httpstream.Stream]bool{}}
	var err error
	if m.Connection, err = spdy.NewServerConnection(conn, m.accept); err != nil {
		s.end()
		return nil, err
	}
	m.attended.Go(m.attend)
	return m, nil
}

// accept is called for each stream, on goroutines of the connection's.
func (m *multiplexed) accept(stream httpstream.Stream, replied <-chan struct{}) error {
	m.mu.Lock()
	m.open[stream] = false
	m.mu.Unlock()
	select {
	case m.incoming <- incoming{stream, replied}:
		return nil
	case <-m.full:
		m.forget(stream)
		return errUnexpected
	case <-m.session.ctx.Done():
		m.forget(stream)
		return errGone
	}
}

// ready waits until a stream may be written to. Where it returns false the client is gone, and whoever writes waits for ever.
func (m *multiplexed) ready(stream incoming) bool {
	select {
	case <-stream.replied:
	case <-m.session.ctx.Done():
	}
	if m.session.ctx.Err() != nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open[stream.Stream] = true
	return true
}

// attend ends the session with the client's good-bye, after which nobody reads from the connection. And it sends a little nothing now and then:
// only who is sent something can tell that it is not there any more.
func (m *multiplexed) attend() {
	ticks := time.NewTicker(remindEvery)
	defer ticks.Stop()
	for {
		select {
		case <-m.CloseChan():
			m.session.cancel(errGone)
			return
		case <-m.session.ctx.Done():
			return
		case <-ticks.C:
		}
		if stream := m.anyReady(); stream != nil {
			_, _ = stream.Write(nil) // an empty frame, which says nothing; the session notices an error
		}
	}
}

func (m *multiplexed) anyReady() httpstream.Stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	for stream, ready := range m.open {
		if ready {
			return stream
		}
	}
	return nil
}

// forget frees what is kept of a stream.
func (m *multiplexed) forget(stream httpstream.Stream) {
	m.RemoveStreams(stream)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, stream)
}

// finish closes the connection and returns when none of its goroutines reads any more. It may be called once.
func (m *multiplexed) finish() {
	close(m.full)
	// A stream that nobody reads any more would hold up the connection's reader.
	m.mu.Lock()
	for stream := range m.open {
		_ = stream.Reset()
	}
	m.mu.Unlock()
	_ = m.Connection.Close() // fails where the client is gone
	_ = m.session.Close()    // also with streams half open
	<-m.CloseChan()
	m.session.end()
	m.attended.Wait()
}
