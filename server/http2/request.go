package http2

import (
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"

	"golang.org/x/net/http/httpguts"
	wire "golang.org/x/net/http2"
)

// takeHeaders begins a stream, or ends a request that has trailers.
func (c *conn) takeHeaders(f *wire.MetaHeadersFrame) error {
	id := f.StreamID
	if s := c.streams[id]; s != nil {
		return s.takeTrailers(f)
	}
	if id%2 == 0 {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if id <= c.last {
		return wire.ConnectionError(wire.ErrCodeStreamClosed)
	}
	c.last = id
	if c.retiring {
		return nil // the peer tries elsewhere: GOAWAY told it the last that counts
	}
	if len(c.streams) >= int(c.server.Streams) {
		return wire.StreamError{StreamID: id, Code: wire.ErrCodeRefusedStream}
	}
	if f.Truncated {
		return c.tooLarge(f)
	}
	s := &stream{conn: c, id: id, window: c.first, granted: streamWindow, remoteDone: f.StreamEnded()}
	s.body.stream, s.response.stream = s, s
	r, ok := c.newRequest(f, &s.body)
	if !ok {
		return wire.StreamError{StreamID: id, Code: wire.ErrCodeProtocol}
	}
	ctx, cancel := context.WithCancel(c.base)
	s.request, s.cancel = r.WithContext(ctx), cancel
	s.response.begin(r.Method)
	return c.open(s)
}

// takeTrailers ends the request's body; what they say is not used.
func (s *stream) takeTrailers(f *wire.MetaHeadersFrame) error {
	code := wire.ErrCodeProtocol
	switch {
	case s.remoteDone:
		code = wire.ErrCodeStreamClosed
	case f.StreamEnded() && len(f.PseudoFields()) == 0 && (s.body.declared < 0 || s.body.got == s.body.declared):
		s.endRemote()
		return nil
	}
	return wire.StreamError{StreamID: s.id, Code: code}
}

// tooLarge answers a request whose fields are more than is taken.
func (c *conn) tooLarge(f *wire.MetaHeadersFrame) error {
	c.block.Reset()
	c.field(":status", strconv.Itoa(http.StatusRequestHeaderFieldsTooLarge), false)
	c.field("content-length", "0", true)
	c.headers(f.StreamID, true)
	if !f.StreamEnded() {
		_ = c.frames.WriteRSTStream(f.StreamID, wire.ErrCodeNo)
	}
	return nil
}

// newRequest turns fields into a request; false for what RFC 9113, section 8, calls malformed.
func (c *conn) newRequest(f *wire.MetaHeadersFrame, b *body) (*http.Request, bool) {
	method, path, scheme, host := f.PseudoValue("method"), f.PseudoValue("path"), f.PseudoValue("scheme"), f.PseudoValue("authority")
	r := &http.Request{Method: method, RequestURI: path, Proto: "HTTP/2.0", ProtoMajor: 2, RemoteAddr: c.remote, TLS: &c.tls}
	if method == http.MethodConnect {
		if path != "" || scheme != "" || host == "" {
			return nil, false
		}
		r.URL, r.RequestURI = &url.URL{Host: host}, host
	} else {
		if !httpguts.ValidHeaderFieldName(method) || path == "" || scheme != "https" && scheme != "http" {
			return nil, false
		}
		var err error
		if r.URL, err = url.ParseRequestURI(path); err != nil {
			return nil, false
		}
	}
	fields := f.RegularFields()
	r.Header = make(http.Header, len(fields))
	values := make([]string, len(fields)) // one piece of memory for all of them
	for i := range fields {
		name, value := fields[i].Name, fields[i].Value
		switch name {
		case "connection", "proxy-connection", "transfer-encoding", "upgrade", "keep-alive":
			return nil, false
		case "te":
			if value != "trailers" {
				return nil, false
			}
		case "host":
			if host == "" {
				host = value
			}
			continue
		case "cookie":
			if old := r.Header["Cookie"]; old != nil {
				old[0] += "; " + value // may be sent in pieces
				continue
			}
		}
		name = c.canonical(name)
		if old := r.Header[name]; old != nil {
			r.Header[name] = append(old, value)
			continue
		}
		values[i] = value
		r.Header[name] = values[i : i+1 : i+1]
	}
	if !httpguts.ValidHostHeader(host) {
		return nil, false
	}
	r.Host = host
	return r, c.attach(r, b, f.StreamEnded())
}

// attach gives the request its body; false where its length contradicts itself.
func (c *conn) attach(r *http.Request, b *body, ended bool) bool {
	b.declared = -1
	if list := r.Header["Content-Length"]; list != nil {
		n, err := strconv.ParseUint(list[0], 10, 63)
		if err != nil || len(list) > 1 || ended && n > 0 {
			return false
		}
		b.declared = int64(n)
	}
	if ended {
		r.Body = http.NoBody
		return true
	}
	if httpguts.HeaderValuesContainsToken(r.Header["Expect"], "100-continue") {
		b.expect = true
	}
	r.ContentLength, r.Body = b.declared, b
	return true
}

// knownNames is how many names of fields a connection remembers.
const knownNames = 100

// canonical is a field's name as http.Header spells it.
func (c *conn) canonical(name string) string {
	known, ok := c.names[name]
	if !ok {
		known = textproto.CanonicalMIMEHeaderKey(name)
		if len(c.names) < knownNames {
			c.names[name] = known
		}
	}
	return known
}
