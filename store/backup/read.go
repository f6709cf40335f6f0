package backup

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"argosy.dev/store"
)

// Read calls yield for each record of the backup, in byte order of keys, and returns the revision that it was made at.
// Whether the backup is whole is known only at its end: what yield did counts only if err is nil. Errors match ErrDamaged,
// or are r's or yield's. A record is the callee's to keep.
func Read(r io.Reader, yield func(store.Record) error) (store.Revision, error) {
	in := &reader{from: bufio.NewReaderSize(r, 256<<10)}
	head := make([]byte, headSize)
	if _, err := io.ReadFull(in.from, head); err != nil && !isEOF(err) {
		return 0, fmt.Errorf("reading the backup: %w", err)
	}
	if err := checkHeader(head); err != nil {
		return 0, err
	}
	for {
		payload, err := in.frame()
		if err != nil {
			return 0, fmt.Errorf("after record %d: %w", in.seen.count, err)
		}
		switch payload[0] {
		case kindRecord:
			rec, err := in.record(payload)
			if err != nil {
				return 0, fmt.Errorf("after record %d: %w", in.seen.count-1, err)
			}
			if err := yield(rec); err != nil {
				return 0, err
			}
		case kindEnd:
			return in.end(payload[1:])
		default:
			return 0, fmt.Errorf("after record %d: %w: an entry of no known kind", in.seen.count, ErrDamaged)
		}
	}
}

type reader struct {
	from   *bufio.Reader
	crc    uint32 // of the last frame
	last   string // the last record's key
	newest store.Revision
	seen   end
}

// frame returns the next payload, never empty, in room of its own.
func (r *reader) frame() ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		return nil, cutOff(err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size == 0 || size > maxFrame {
		return nil, fmt.Errorf("%w: an entry of %d bytes", ErrDamaged, size)
	}
	// A wrong length must not ask for more memory than there is file.
	var payload bytes.Buffer
	payload.Grow(int(min(size, 64<<10)))
	if _, err := io.CopyN(&payload, r.from, int64(size)); err != nil {
		return nil, cutOff(err)
	}
	r.crc = sum(payload.Bytes())
	if r.crc != binary.BigEndian.Uint32(head[4:]) {
		return nil, fmt.Errorf("%w: an entry does not match its checksum", ErrDamaged)
	}
	return payload.Bytes(), nil
}

func (r *reader) record(payload []byte) (store.Record, error) {
	rec, err := decodeRecord(payload[1:])
	if err != nil {
		return rec, err
	}
	if r.seen.count > 0 && rec.Key <= r.last {
		return rec, fmt.Errorf("%w: %q is out of order", ErrDamaged, rec.Key)
	}
	r.last, r.newest = rec.Key, max(r.newest, rec.Revision)
	r.seen.count++
	r.seen.chain = chain(r.seen.chain, r.crc)
	return rec, nil
}

func (r *reader) end(payload []byte) (store.Revision, error) {
	e, err := decodeEnd(payload)
	if err != nil {
		return 0, err
	}
	if e.count != r.seen.count || e.chain != r.seen.chain {
		return 0, fmt.Errorf("%w: it should hold %d records, and %d others were found", ErrDamaged, e.count, r.seen.count)
	}
	if r.newest > e.revision {
		return 0, fmt.Errorf("%w: a record of revision %d is newer than the backup, %d", ErrDamaged, r.newest, e.revision)
	}
	switch _, err := r.from.ReadByte(); err {
	case io.EOF:
		return e.revision, nil
	case nil:
		return 0, fmt.Errorf("%w: something follows its end", ErrDamaged)
	default:
		return 0, fmt.Errorf("reading the backup: %w", err)
	}
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func cutOff(err error) error {
	if isEOF(err) {
		return fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	return fmt.Errorf("reading the backup: %w", err)
}
