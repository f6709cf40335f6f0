package backup

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"argosy.dev/store"
)

// Write writes a backup of s, as it is now, to w, and returns the revision that it holds. s is in use as ever meanwhile; only
// what it would forget stays on its disk until Write returns. What was written is a backup only if err is nil; making
// it durable is the caller's.
func Write(ctx context.Context, s store.Store, w io.Writer) (store.Revision, error) {
	out := &writer{to: bufio.NewWriterSize(w, 256<<10)}
	if _, err := out.to.Write(appendHeader(nil)); err != nil {
		return 0, fmt.Errorf("writing the backup: %w", err)
	}
	e := end{}
	rev, err := s.Range(ctx, "", func(r store.Record) error {
		crc, err := out.frame(appendRecord(out.buf[:0], r))
		if err != nil {
			return fmt.Errorf("writing %q to the backup: %w", r.Key, err)
		}
		e.count++
		e.chain = chain(e.chain, crc)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("backing up the store: %w", err)
	}
	e.revision = rev
	if _, err = out.frame(appendEnd(out.buf[:0], e)); err == nil {
		err = out.to.Flush()
	}
	if err != nil {
		return 0, fmt.Errorf("writing the backup: %w", err)
	}
	return rev, nil
}

type writer struct {
	to  *bufio.Writer
	buf []byte // the last frame's room, for the next
}

func (w *writer) frame(payload []byte) (crc uint32, err error) {
	w.buf = payload
	if len(payload) > maxFrame {
		return 0, fmt.Errorf("a record of %d bytes, more than %d", len(payload), maxFrame)
	}
	crc = sum(payload)
	var head [frameHead]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(payload)))
	binary.BigEndian.PutUint32(head[4:], crc)
	if _, err := w.to.Write(head[:]); err != nil {
		return 0, err
	}
	_, err = w.to.Write(payload)
	return crc, err
}
