package layer

import (
	"hash"
	"io"

	"github.com/opencontainers/go-digest"
)

const (
	chunkSize  = 256 << 10
	chunkCount = 8
)

// ahead reads and digests a stream in a goroutine of its own, some chunks ahead of its reader, so that decompression and the
// writing of files use two processors.
type ahead struct {
	filled chan chunk
	empty  chan []byte
	stop   chan struct{}
	ended  chan struct{}
	hash   hash.Hash

	current chunk
	rest    []byte
}

type chunk struct {
	data []byte
	err  error // after data
}

func readAhead(r io.Reader) *ahead {
	a := &ahead{
		filled: make(chan chunk, chunkCount),
		empty:  make(chan []byte, chunkCount),
		stop:   make(chan struct{}),
		ended:  make(chan struct{}),
		hash:   digest.SHA256.Hash(),
	}
	for range chunkCount {
		a.empty <- nil // made when first used: small layers need one
	}
	go a.run(r)
	return a
}

func (a *ahead) run(r io.Reader) {
	defer close(a.ended)
	for {
		var buffer []byte
		select {
		case buffer = <-a.empty:
		case <-a.stop:
			return
		}
		if buffer == nil {
			buffer = make([]byte, chunkSize)
		}
		n, err := readFull(r, buffer[:chunkSize])
		a.hash.Write(buffer[:n])
		a.filled <- chunk{data: buffer[:n], err: err} // has room for all chunks there are
		if err != nil {
			return
		}
	}
}

// readFull is io.ReadFull without a special error for a short last chunk.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	if n == len(p) && err == io.EOF {
		err = nil
	}
	return n, err
}

// Read belongs to one goroutine.
func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.current.err != nil {
			return 0, a.current.err
		}
		if a.current.data != nil {
			a.empty <- a.current.data
		}
		a.current = <-a.filled
		a.rest = a.current.data
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Digest is the digest of the whole stream; call it after Read said io.EOF.
func (a *ahead) Digest() digest.Digest {
	<-a.ended
	return digest.NewDigest(digest.SHA256, a.hash)
}

// Close ends the goroutine and waits for it, so that the stream below may be closed.
func (a *ahead) Close() {
	close(a.stop)
	<-a.ended
}
