package http2

import "sync"

// buffer is memory that connections lend each other, so that one at rest holds none.
type buffer struct{ bytes []byte }

// largest is up to what size a buffer is kept.
const largest = 4 * enough

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) free() {
	if cap(b.bytes) <= largest {
		b.bytes = b.bytes[:0]
		buffers.Put(b)
	}
}

// Write appends; it never fails.
func (b *buffer) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}
