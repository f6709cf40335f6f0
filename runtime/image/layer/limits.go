package layer

import (
	"errors"
	"fmt"
	"io"
)

// Errors that say what is wrong with an archive, wrapped with the entry.
var (
	ErrUnsafe  = errors.New("the layer is unsafe")
	ErrLimit   = errors.New("the layer is larger than allowed")
	ErrInvalid = errors.New("the layer is not a valid archive")
)

// Limits bound one layer. Zero fields have the values of [DefaultLimits].
type Limits struct {
	// Bytes is the most that the uncompressed archive, and the files in it, may have.
	Bytes int64
	// Entries is the most files, directories and links it may make.
	Entries int64
	// Ratio is the most times that the archive may be larger than its blob, once it is larger than a GiB.
	Ratio int64
}

// DefaultLimits leave room for the largest images in use (machine learning) and still end a decompression bomb early.
var DefaultLimits = Limits{Bytes: 64 << 30, Entries: 4_000_000, Ratio: 200}

const ratioFloor = 1 << 30

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	if l.Entries <= 0 {
		l.Entries = DefaultLimits.Entries
	}
	if l.Ratio <= 0 {
		l.Ratio = DefaultLimits.Ratio
	}
	return l
}

// budget counts what a layer used of its limits.
type budget struct {
	limits     Limits
	compressed int64 // size of the blob; 0 when unknown
	bytes      int64
	entries    int64
}

// entry counts one more inode.
func (b *budget) entry() error {
	b.entries++
	if b.entries > b.limits.Entries {
		return fmt.Errorf("%w: it has more than %d entries", ErrLimit, b.limits.Entries)
	}
	return nil
}

// allows tells whether so many bytes in all are within the limits.
func (b *budget) allows(total int64) error {
	if total < 0 || total > b.limits.Bytes {
		return fmt.Errorf("%w: it unpacks to more than %d bytes", ErrLimit, b.limits.Bytes)
	}
	if b.compressed > 0 && total > ratioFloor && total/b.limits.Ratio > b.compressed {
		return fmt.Errorf("%w: its %d bytes unpack to more than %d times as many, as a decompression bomb does", ErrLimit, b.compressed, b.limits.Ratio)
	}
	return nil
}

// file counts the contents of a file before they are written: a sparse file can be far larger than the archive.
func (b *budget) file(size int64) error {
	if size < 0 || size > b.limits.Bytes {
		return b.allows(-1)
	}
	b.bytes += size
	return b.allows(b.bytes)
}

// limitReader bounds the uncompressed archive.
type limitReader struct {
	r      io.Reader
	budget *budget
	read   int64
}

func (l *limitReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.read += int64(n)
	if limit := l.budget.allows(l.read); limit != nil {
		return n, limit
	}
	return n, err
}
