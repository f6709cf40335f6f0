package crilog

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"
)

// lineMax is the longest text in one log line; what is longer is written in parts.
const lineMax = 16 << 10

// Buffer is where lines are put together before they are written, many at once. Logs that are written to one after the
// other may share one, so that a supervisor with many containers stays small.
type Buffer struct{ b []byte }

// NewBuffer makes a buffer that takes the longest line.
func NewBuffer() *Buffer { return &Buffer{b: make([]byte, 0, 3*lineMax)} }

// Log is one container's log file.
type Log struct {
	path  string
	fd    int
	size  uint64
	max   uint64
	files int
	buf   *Buffer
	time  [40]byte
	lost  uint64
	now   func() time.Time
}

// Open opens or makes the file at path. With max > 0 it rotates above max bytes and keeps that many rotated files.
func Open(path string, max uint64, files int, buf *Buffer) (*Log, error) {
	l := &Log{path: path, fd: -1, max: max, files: files, buf: buf, now: time.Now}
	return l, l.Reopen(path)
}

// Reopen goes on in a fresh file at path, after the old one was moved away. When it cannot be made the old file is kept.
func (l *Log) Reopen(path string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_CLOEXEC, 0o640)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return err
	}
	if l.fd >= 0 {
		_ = unix.Close(l.fd)
	}
	l.path, l.fd, l.size = path, fd, uint64(st.Size)
	return nil
}

// Lost tells how many bytes could not be written.
func (l *Log) Lost() uint64 { return l.lost }

// Close closes the file.
func (l *Log) Close() {
	if l.fd >= 0 {
		_ = unix.Close(l.fd)
		l.fd = -1
	}
}

// Stream is one of a container's two streams.
type Stream struct {
	log  *Log
	name string
	// rest is the begin of a line whose end was not read yet.
	rest []byte
}

// Stream returns the stream of that name, "stdout" or "stderr".
func (l *Log) Stream(name string) *Stream { return &Stream{log: l, name: name} }

// Write logs what was just read. It never fails the container: what the disk refuses is counted.
func (s *Stream) Write(p []byte) {
	l := s.log
	stamp := l.stamp()
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		room := lineMax - len(s.rest)
		switch {
		case end >= 0 && end <= room:
			s.line(stamp, p[:end], 'F')
			p = p[end+1:]
		case len(p) < room:
			s.rest = append(s.rest, p...)
			p = nil
		default:
			s.line(stamp, p[:room], 'P')
			p = p[room:]
		}
	}
	l.flush()
	l.limit()
}

// End logs what is left of a line that never ended.
func (s *Stream) End() {
	if len(s.rest) > 0 {
		s.line(s.log.stamp(), nil, 'P')
		s.log.flush()
		s.log.limit()
	}
	s.rest = nil
}

func (s *Stream) line(stamp []byte, text []byte, tag byte) {
	l := s.log
	if len(l.buf.b)+len(stamp)+len(s.name)+len(s.rest)+len(text)+8 > cap(l.buf.b) {
		l.flush()
	}
	b := append(l.buf.b, stamp...)
	b = append(b, ' ')
	b = append(b, s.name...)
	b = append(b, ' ', tag, ' ')
	b = append(b, s.rest...)
	b = append(b, text...)
	l.buf.b = append(b, '\n')
	if cap(s.rest) > 1024 {
		s.rest = nil // an idle container should not hold its longest line for ever
	}
	s.rest = s.rest[:0]
}

func (l *Log) stamp() []byte {
	return l.now().UTC().AppendFormat(l.time[:0], "2006-01-02T15:04:05.000000000Z")
}

func (l *Log) flush() {
	b := l.buf.b
	for len(b) > 0 && l.fd >= 0 {
		n, err := unix.Write(l.fd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			break
		}
		l.size += uint64(n)
		b = b[n:]
	}
	l.lost += uint64(len(b))
	l.buf.b = l.buf.b[:0]
}

func (l *Log) limit() {
	if l.max > 0 && l.size > l.max {
		l.rotate()
	}
}
