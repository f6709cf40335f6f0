package server

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"math/bits"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// stream writes a large answer in pieces, compressed where that is wanted. Write errors mean that the client is gone: there is
// nobody to tell, and the rest is thrown away.
type stream struct {
	out     *bufio.Writer
	zip     *gzip.Writer
	control *http.ResponseController
	head    [binary.MaxVarintLen64]byte
}

// answerTimeout bounds how long a large answer may take to be read, so that who stops reading holds no memory for ever.
const answerTimeout = 2 * time.Minute

const streamBuffer = 64 << 10

var streamBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, streamBuffer) }}

// beginStream sends the headers of an answer of size bytes.
func beginStream(w http.ResponseWriter, r *http.Request, code int, media string, size int) *stream {
	return begin(w, r, code, media, size, true)
}

// beginUnsized is beginStream where the size is not known, but about.
func beginUnsized(w http.ResponseWriter, r *http.Request, code int, media string, about int) *stream {
	return begin(w, r, code, media, about, false)
}

func begin(w http.ResponseWriter, r *http.Request, code int, media string, size int, exact bool) *stream {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-cache, private")
	s := &stream{out: streamBuffers.Get().(*bufio.Writer), control: http.NewResponseController(w)}
	if size > streamBuffer {
		_ = s.control.SetWriteDeadline(time.Now().Add(answerTimeout)) // where there is a connection
	} else {
		s.control = nil
	}
	if size >= gzipFrom && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		s.zip = gzipWriters.Get().(*gzip.Writer)
		s.zip.Reset(w)
		s.out.Reset(s.zip)
	} else {
		if exact {
			h.Set("Content-Length", strconv.Itoa(size))
		}
		s.out.Reset(w)
	}
	w.WriteHeader(code)
	return s
}

func (s *stream) write(p []byte)       { _, _ = s.out.Write(p) }
func (s *stream) writeString(p string) { _, _ = s.out.WriteString(p) }
func (s *stream) writeByte(b byte)     { _ = s.out.WriteByte(b) }
func (s *stream) writeVarint(n int)    { s.write(s.head[:binary.PutUvarint(s.head[:], uint64(n))]) }

func (s *stream) end() {
	_ = s.out.Flush()
	s.out.Reset(nil)
	streamBuffers.Put(s.out)
	if s.zip != nil {
		_ = s.zip.Close()
		gzipWriters.Put(s.zip)
	}
	if s.control != nil {
		_ = s.control.SetWriteDeadline(time.Time{})
	}
}

// varintSize is how many bytes a protobuf length takes.
func varintSize(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }
