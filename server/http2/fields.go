package http2

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// spelling remembers names of fields as HTTP/2 spells them. Handlers use few.
type spelling struct {
	known sync.Map
	n     atomic.Int32
}

func (s *spelling) of(name string) string {
	if known, ok := s.known.Load(name); ok {
		return known.(string)
	}
	lower := strings.ToLower(name)
	if s.n.Add(1) <= knownNames {
		s.known.Store(name, lower)
	}
	return lower
}

// appendFields adds what may be sent of a header's entry.
func (s *Server) appendFields(list []hpack.HeaderField, name string, values []string) []hpack.HeaderField {
	name = s.spelling.of(name)
	if !httpguts.ValidHeaderFieldName(name) {
		return list
	}
	for _, v := range values {
		if httpguts.ValidHeaderFieldValue(v) {
			list = append(list, hpack.HeaderField{Name: name, Value: v, Sensitive: once(name)})
		}
	}
	return list
}

// once tells that a field's value hardly comes again: in the peer's table it would only drive out others.
func once(name string) bool {
	switch name {
	case "audit-id", "content-length", "date", "etag", "last-modified", "location", "retry-after", "set-cookie", "authorization":
		return true
	}
	return false
}

// field adds one to the block.
func (c *conn) field(name, value string, once bool) {
	_ = c.fields.WriteField(hpack.HeaderField{Name: name, Value: value, Sensitive: once}) // fails where its writer does: never
}

// headers sends the block, in as many frames as the peer wants it.
func (c *conn) headers(id uint32, end bool) {
	block := c.block.Bytes()
	first := block[:min(len(block), recordSize)]
	block = block[len(first):]
	_ = c.frames.WriteHeaders(wire.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(block) == 0})
	for len(block) > 0 {
		part := block[:min(len(block), recordSize)]
		block = block[len(part):]
		_ = c.frames.WriteContinuation(id, len(block) == 0, part)
	}
}

// inform sends an answer before the answer.
func (r *response) inform(code int, fields []hpack.HeaderField) {
	if r.broken() != nil || r.sent {
		return
	}
	c := r.conn
	c.block.Reset()
	c.field(":status", strconv.Itoa(code), false)
	for _, f := range fields {
		c.field(f.Name, f.Value, f.Sensitive)
	}
	c.headers(r.id, false)
}

// release sends the fields unless they are sent. start is where the body begins.
func (r *response) release(start []byte) { r.releaseAs(start, false) }

func (r *response) releaseAs(start []byte, end bool) {
	if r.sent || r.broken() != nil {
		return
	}
	r.sent = true
	c := r.conn
	c.block.Reset()
	c.field(":status", strconv.Itoa(r.status), false)
	for _, f := range r.fields {
		c.field(f.Name, f.Value, f.Sensitive)
	}
	if r.small != nil && len(r.small.bytes) > 0 {
		start = r.small.bytes
	}
	if !r.typed && len(start) > 0 && bodyAllowed(r.status) {
		c.field("content-type", http.DetectContentType(start), false)
	}
	if !r.dated {
		c.field("date", c.server.now(), true)
	}
	r.fields, r.first = nil, [12]hpack.HeaderField{} // a stream may live long
	c.headers(r.id, end)
	if end {
		r.endLocal()
	}
}

// sendTrailers ends the answer with the fields that were announced, or are marked as such.
func (r *response) sendTrailers() {
	if r.broken() != nil {
		return
	}
	c := r.conn
	c.block.Reset()
	var list []hpack.HeaderField
	for _, name := range r.trailers {
		list = c.server.appendFields(list, strings.TrimPrefix(name, http.TrailerPrefix), r.header[name])
	}
	for _, f := range list {
		c.field(f.Name, f.Value, f.Sensitive)
	}
	c.headers(r.id, true)
	r.endLocal()
}
