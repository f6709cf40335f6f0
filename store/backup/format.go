package backup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"argosy.dev/store"
)

// ErrDamaged: what was read is not a whole, unchanged backup. What is wrong, and where, is in the wrapping error.
var ErrDamaged = errors.New("the backup is damaged")

const (
	magic     = "ARGOSYBK"
	version   = 1
	headSize  = len(magic) + 8
	frameHead = 8
	// maxFrame bounds one record: far above the largest object, far below what a wrong length would ask for.
	maxFrame = 64 << 20
)

const (
	kindRecord = 1
	kindEnd    = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// chain adds one record's CRC to the sum over all.
func chain(all, one uint32) uint32 {
	return crc32.Update(all, castagnoli, binary.BigEndian.AppendUint32(nil, one))
}

func appendHeader(b []byte) []byte {
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint32(b, version)
	return binary.BigEndian.AppendUint32(b, sum(b))
}

func checkHeader(b []byte) error {
	if len(b) < headSize || string(b[:len(magic)]) != magic {
		return fmt.Errorf("%w: it is not a store's backup at all", ErrDamaged)
	}
	if binary.BigEndian.Uint32(b[headSize-4:]) != sum(b[:headSize-4]) {
		return fmt.Errorf("%w: its header does not match its checksum", ErrDamaged)
	}
	if v := binary.BigEndian.Uint32(b[len(magic):]); v != version {
		return fmt.Errorf("the backup has format %d, and this program reads format %d: use the version of argosy that wrote it", v, version)
	}
	return nil
}

func appendRecord(b []byte, r store.Record) []byte {
	b = append(b, kindRecord)
	b = binary.AppendUvarint(b, uint64(r.Revision))
	b = binary.AppendUvarint(b, uint64(len(r.Key)))
	b = append(b, r.Key...)
	return append(b, r.Value...)
}

// decodeRecord reads a frame of kindRecord, without its kind. The record's value aliases b.
func decodeRecord(b []byte) (r store.Record, err error) {
	rev, n := binary.Uvarint(b)
	if n <= 0 || rev == 0 || rev > 1<<63-1 {
		return r, fmt.Errorf("%w: a record without a revision", ErrDamaged)
	}
	b = b[n:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size == 0 || size > uint64(len(b)-n) {
		return r, fmt.Errorf("%w: a record without a key", ErrDamaged)
	}
	b = b[n:]
	return store.Record{Key: string(b[:size]), Value: b[size:], Revision: store.Revision(rev)}, nil
}

// end is the last frame.
type end struct {
	revision store.Revision
	count    uint64
	chain    uint32
}

func appendEnd(b []byte, e end) []byte {
	b = append(b, kindEnd)
	b = binary.BigEndian.AppendUint64(b, uint64(e.revision))
	b = binary.BigEndian.AppendUint64(b, e.count)
	return binary.BigEndian.AppendUint32(b, e.chain)
}

func decodeEnd(b []byte) (end, error) {
	if len(b) != 20 || b[0]&0x80 != 0 {
		return end{}, fmt.Errorf("%w: its last entry is malformed", ErrDamaged)
	}
	return end{
		revision: store.Revision(binary.BigEndian.Uint64(b)),
		count:    binary.BigEndian.Uint64(b[8:]),
		chain:    binary.BigEndian.Uint32(b[16:]),
	}, nil
}
