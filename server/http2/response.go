package http2

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// smallAnswer is how much of an answer is held back, so that a small one leaves in one piece and with its length.
const smallAnswer = 4 << 10

// response is what a handler writes to. Like those of net/http it is for one goroutine at a time.
type response struct {
	*stream
	header   http.Header
	status   int
	fields   []hpack.HeaderField // the header as it was when the status was said
	first    [12]hpack.HeaderField
	declared int64 // Content-Length; -1 for none
	wrote    int64
	small    *buffer
	trailers []string // names that are to follow the body
	head     bool     // the answer to HEAD
	typed    bool     // has a Content-Type
	dated    bool     // has a Date
	sent     bool     // the fields are
}

func (r *response) begin(method string) {
	r.header = make(http.Header, 8)
	r.declared = -1
	r.head = method == http.MethodHead
}

func (r *response) Header() http.Header { return r.header }

// WriteHeader takes the header as it is now. A code from 100 to 199 is sent at once, and another may follow.
func (r *response) WriteHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	}
	if r.status != 0 {
		return
	}
	r.fields = r.first[:0]
	r.snapshot()
	if code < 200 {
		r.conn.mu.Lock()
		r.inform(code, r.fields)
		r.conn.flush()
		r.conn.mu.Unlock()
		return
	}
	r.status = code
}

// bodyAllowed tells that an answer of that code may have a body.
func bodyAllowed(code int) bool {
	return code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified
}

func (r *response) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !bodyAllowed(r.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if r.declared >= 0 && r.wrote+int64(len(p)) > r.declared {
		return 0, http.ErrContentLength
	}
	r.wrote += int64(len(p))
	if r.head {
		return len(p), nil
	}
	held := 0
	if r.small != nil {
		held = len(r.small.bytes)
	}
	if held+len(p) <= smallAnswer {
		if r.small == nil {
			r.small = newBuffer()
		}
		return r.small.Write(p)
	}
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := r.push(p); err != nil {
		return 0, err
	}
	c.flush()
	return len(p), nil
}

// Flush sends what there is.
func (r *response) Flush() { _ = r.FlushError() }

// FlushError is Flush for http.ResponseController.
func (r *response) FlushError() error {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := r.push(nil); err != nil {
		return err
	}
	c.flush()
	return nil
}

// push sends the fields, what is held back, and p.
func (r *response) push(p []byte) error {
	r.release(p)
	whole := r.declared >= 0 && r.wrote == r.declared && len(r.trailers) == 0
	if small := r.small; small != nil {
		r.small = nil
		defer small.free()
		if err := r.send(small.bytes, whole && len(p) == 0); err != nil {
			return err
		}
	}
	if len(p) == 0 {
		return r.broken()
	}
	return r.send(p, whole)
}

// finish sends what is left of an answer whose handler has returned.
func (r *response) finish() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK) // of an answer, takes no lock
	}
	if r.broken() != nil || r.localDone {
		r.free()
		return
	}
	for name := range r.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			r.trailers = append(r.trailers, name)
		}
	}
	var rest []byte
	if r.small != nil {
		rest = r.small.bytes
	}
	if !r.sent && r.declared < 0 && len(r.trailers) == 0 && bodyAllowed(r.status) && (!r.head || r.wrote > 0) {
		r.fields = append(r.fields, hpack.HeaderField{Name: "content-length", Value: strconv.FormatInt(r.wrote, 10), Sensitive: true})
		r.declared = r.wrote
	}
	switch short := !r.head && bodyAllowed(r.status) && r.declared >= 0 && r.wrote < r.declared; {
	case short:
		r.release(nil)
		_ = r.send(rest, false) // and the stream is reset: it broke off
	case len(rest) == 0 && len(r.trailers) == 0 && !r.sent:
		r.releaseAs(nil, true)
	case len(r.trailers) == 0:
		r.release(rest)
		_ = r.send(rest, true)
	default:
		r.release(rest)
		if len(rest) == 0 || r.send(rest, false) == nil {
			r.sendTrailers()
		}
	}
	r.free()
}

func (r *response) free() {
	if r.small != nil {
		r.small.free()
		r.small = nil
	}
}

// SetWriteDeadline, SetReadDeadline and EnableFullDuplex are for http.ResponseController.
func (r *response) SetWriteDeadline(t time.Time) error {
	r.conn.mu.Lock()
	r.writeBy = t
	r.wake()
	r.conn.mu.Unlock()
	return nil
}

func (r *response) SetReadDeadline(t time.Time) error {
	r.setReadDeadline(t)
	return nil
}

func (r *response) EnableFullDuplex() error { return nil } // it always is

// broken tells why nothing more can be sent.
func (s *stream) broken() error {
	if s.conn.failed != nil {
		return s.conn.failed
	}
	return s.failed
}

// send puts p into the connection's buffer as far as the peer's windows and the buffer's room let it, waits for more of both, and so on.
// end tells that nothing follows.
func (s *stream) send(p []byte, end bool) error {
	c := s.conn
	for {
		if err := s.broken(); err != nil {
			return err
		}
		if s.localDone {
			return http.ErrContentLength // the answer had a length, and was over
		}
		if len(p) == 0 {
			if end {
				c.out.data(s.id, nil, true)
				s.endLocal()
			}
			return nil
		}
		n := int(min(int64(len(p)), s.window, c.window, int64(c.frame)))
		if n > 0 && c.out.size() < enough {
			s.window, c.window = s.window-int64(n), c.window-int64(n)
			last := end && n == len(p)
			c.out.data(s.id, p[:n], last)
			if p = p[n:]; last {
				s.endLocal()
				return nil
			}
			continue
		}
		c.flush() // what the peer waits for may be what has gathered here
		if err := s.await(); err != nil {
			return err
		}
	}
}

// await waits until there may be more room.
func (s *stream) await() error {
	c := s.conn
	if s.broken() != nil || min(s.window, c.window) > 0 && c.out.size() < enough {
		return nil // while it flushed
	}
	if s.writable == nil {
		s.writable = make(chan struct{}, 1)
	}
	c.waiting[s] = struct{}{}
	defer delete(c.waiting, s)
	if by := s.writeBy; !c.wait(s.writable, by) && s.writeBy.Equal(by) {
		s.reset(wire.ErrCodeInternal, os.ErrDeadlineExceeded)
		return os.ErrDeadlineExceeded
	}
	return nil
}

// snapshot takes the fields as they are in the header now.
func (r *response) snapshot() {
	for name, values := range r.header {
		switch name {
		case "Connection":
			if slices.Contains(values, "close") {
				r.conn.retireSoon()
			}
			continue
		case "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade":
			continue
		case "Trailer":
			for _, v := range values {
				for t := range strings.SplitSeq(v, ",") {
					r.trailers = append(r.trailers, http.CanonicalHeaderKey(strings.TrimSpace(t)))
				}
			}
		case "Content-Length":
			if n, err := strconv.ParseUint(values[0], 10, 63); err == nil {
				r.declared = int64(n)
			}
		case "Content-Type":
			r.typed = true
		case "Date":
			r.dated = true
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		r.fields = r.conn.server.appendFields(r.fields, name, values)
	}
}
