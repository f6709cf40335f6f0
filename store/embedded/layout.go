package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"

	"argosy.dev/store"
)

// The engine's keyspaces. Numbers are 8 bytes, big-endian, so that byte order is revision order.
//
//	k KEY       the newest record of KEY:  REVISION VALUE
//	r REVISION  the log, one entry a change:  OP uvarint(len(KEY)) KEY VALUE
//	m NAME      facts about the whole store, see the meta constants
//
// A value is written twice, so that a range is one sequential scan and forgetting history is one range deletion.
// Whoever changes any of this raises formatVersion and writes the migration.
const (
	spaceKeys = 'k'
	spaceLog  = 'r'
	spaceMeta = 'm'
)

const (
	// metaCompacted: REVISION up to which history is forgotten. Absent: nothing is.
	metaCompacted = "compacted"
	// metaCeiling: REVISION that no lazy change may pass; present while lazy changes may be in flight. See gap.
	metaCeiling = "ceiling"
	// metaGaps: pairs of REVISIONs, see gap.
	metaGaps = "gaps"
)

const (
	opPut    = 1
	opDelete = 2
)

var errMalformed = errors.New("malformed store record")

func keyOf(key string) []byte { return append([]byte{spaceKeys}, key...) }

func logKey(rev store.Revision) []byte {
	return binary.BigEndian.AppendUint64([]byte{spaceLog}, uint64(rev))
}

func metaKey(name string) []byte { return append([]byte{spaceMeta}, name...) }

// after returns the first key that does not start with prefix. prefix is never empty: it begins with its keyspace.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

func appendRevision(b []byte, rev store.Revision) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(rev))
}

func decodeRevision(b []byte) (store.Revision, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: a revision of %d bytes", errMalformed, len(b))
	}
	rev := store.Revision(binary.BigEndian.Uint64(b))
	if rev < 0 {
		return 0, fmt.Errorf("%w: revision %#x", errMalformed, uint64(rev))
	}
	return rev, nil
}

// decodeCurrent splits an entry of the keys' space. value aliases b.
func decodeCurrent(b []byte) (rev store.Revision, value []byte, err error) {
	if len(b) < 8 {
		return 0, nil, fmt.Errorf("%w: a record of %d bytes", errMalformed, len(b))
	}
	rev, err = decodeRevision(b[:8])
	if err == nil && rev == 0 {
		err = fmt.Errorf("%w: a record of revision 0", errMalformed)
	}
	return rev, b[8:], err
}

func logEntryHeader(c *store.Change) []byte {
	op := byte(opPut)
	if c.Value == nil {
		op = opDelete
	}
	h := make([]byte, 0, 1+binary.MaxVarintLen32+len(c.Key))
	h = append(h, op)
	h = binary.AppendUvarint(h, uint64(len(c.Key)))
	return append(h, c.Key...)
}

// decodeLogEntry splits an entry of the log. value aliases b, and is nil for a deletion, never otherwise.
func decodeLogEntry(b []byte) (key string, value []byte, err error) {
	if len(b) == 0 || (b[0] != opPut && b[0] != opDelete) {
		return "", nil, fmt.Errorf("%w: a log entry of no known kind", errMalformed)
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size == 0 || size > uint64(len(b)-1-n) {
		return "", nil, fmt.Errorf("%w: a log entry whose key is cut off", errMalformed)
	}
	rest := b[1+n:]
	key, value = string(rest[:size]), rest[size:]
	if b[0] == opDelete {
		if len(value) != 0 {
			return "", nil, fmt.Errorf("%w: a deletion with a value", errMalformed)
		}
		return key, nil, nil
	}
	return key, value, nil
}
