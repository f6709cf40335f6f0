package layer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression is how a blob is packed.
type Compression string

// The compressions that layers come in.
const (
	Plain Compression = ""
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
)

// zstdWindow is the most memory that a zstd stream may ask for.
const zstdWindow = 128 << 20

var magics = []struct {
	prefix []byte
	name   Compression
}{
	{[]byte{0x1f, 0x8b}, Gzip},
	{[]byte{0x28, 0xb5, 0x2f, 0xfd}, Zstd},
	{[]byte("BZh"), "bzip2"},
	{[]byte{0xfd, '7', 'z', 'X', 'Z', 0}, "xz"},
}

// Detect names the compression of a stream by its first bytes; six are enough.
func Detect(head []byte) Compression {
	for _, m := range magics {
		if bytes.HasPrefix(head, m.prefix) {
			return m.name
		}
	}
	// Frames of zstd that hold no data, as seekable archives have them first.
	if len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}) {
		return Zstd
	}
	return Plain
}

// Decompress returns the plain bytes of a stream whose compression it finds out itself. The result must be closed; that does
// not close r.
func Decompress(r io.Reader) (io.ReadCloser, Compression, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	switch c := Detect(head); c {
	case Plain:
		return io.NopCloser(buffered), c, nil
	case Gzip:
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return z, c, nil
	case Zstd:
		z, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return z.IOReadCloser(), c, nil
	default:
		return nil, "", fmt.Errorf("%w: it is compressed with %s; gzip, zstd and plain archives are supported", ErrInvalid, c)
	}
}
