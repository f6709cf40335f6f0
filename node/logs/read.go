package logs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Options say what of a log is wanted.
type Options struct {
	// Follow goes on as the log grows, until Ended says that nothing more will come.
	Follow bool
	// Since leaves out what was printed before it; zero is everything.
	Since time.Time
	// TailLines are the last lines only; negative is all.
	TailLines int64
	// LimitBytes ends the output after that many; 0 is no limit.
	LimitBytes int64
	Timestamps bool
	// Stdout and Stderr are where the streams go; nil leaves one out.
	Stdout, Stderr io.Writer
	// Ended tells whether the container has ended; asked when the end of the file is reached.
	Ended func() bool
	// Grown waits until the log may have grown, at most a little while; nil polls.
	Grown func(ctx context.Context)
}

// pollEvery is how often a followed file is looked at that nobody announces changes of.
const pollEvery = 50 * time.Millisecond

var errLimit = errors.New("the limit of bytes is reached")

// Read writes the wanted part of the log file at path. It returns nil at the end, or when ctx ends.
func Read(ctx context.Context, path string, o Options) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer func() { f.Close() }()
	if o.TailLines >= 0 {
		if err := seekTail(f, o.TailLines); err != nil {
			return fmt.Errorf("finding the last lines of the log: %w", err)
		}
	}
	r := &reader{Options: o, left: o.LimitBytes, in: bufio.NewReaderSize(f, 64<<10), fresh: true}
	for {
		switch err := r.drain(); {
		case errors.Is(err, errLimit):
			return nil
		case err != nil:
			return err
		}
		if !o.Follow || ctx.Err() != nil {
			return nil
		}
		ended := o.Ended == nil || o.Ended()
		if next, err := rotated(f, path); err != nil {
			return err
		} else if next != nil {
			// What was written to the old file after the last look comes first.
			if err := r.drain(); err != nil {
				next.Close()
				if errors.Is(err, errLimit) {
					return nil
				}
				return err
			}
			f.Close()
			f = next
			r.in.Reset(f)
			r.held = nil
			continue
		}
		if ended {
			if err := r.drain(); err != nil && !errors.Is(err, errLimit) {
				return err
			}
			return nil
		}
		wait(ctx, o.Grown)
	}
}

func wait(ctx context.Context, grown func(context.Context)) {
	if grown != nil {
		grown(ctx)
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(pollEvery):
	}
}

// rotated opens the file that now has the path, if it is another one.
func rotated(f *os.File, path string) (*os.File, error) {
	now, err := os.Stat(path)
	if err != nil {
		return nil, nil // between two files, or removed: what is open is what there is
	}
	open, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("looking at the open log: %w", err)
	}
	if os.SameFile(now, open) {
		return nil, nil
	}
	next, err := os.Open(path)
	if err != nil {
		return nil, nil // gone again
	}
	return next, nil
}

type reader struct {
	Options
	in   *bufio.Reader
	held []byte // a line whose end is not there yet
	left int64
	// fresh: the next text begins a line, and gets a timestamp.
	fresh bool
}

// drain writes what is there.
func (r *reader) drain() error {
	for {
		part, err := r.in.ReadSlice('\n')
		if len(part) > 0 && (err == nil || errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF)) {
			r.held = append(r.held, part...)
		}
		switch {
		case err == nil:
			line := bytes.TrimSuffix(r.held, []byte{'\n'})
			writeErr := r.line(line)
			r.held = r.held[:0]
			if writeErr != nil {
				return writeErr
			}
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return fmt.Errorf("reading the log: %w", err)
		}
	}
}

func (r *reader) line(line []byte) error {
	rec, err := Parse(line)
	if err != nil {
		return nil // a line cut off by a crash is no reason to show nothing
	}
	if rec.Time.Before(r.Since) {
		return nil
	}
	out := r.Stderr
	if rec.Stdout {
		out = r.Stdout
	}
	if out == nil {
		return nil
	}
	text := rec.Text
	if r.Timestamps && r.fresh {
		text = append([]byte(rec.Time.Format(time.RFC3339Nano)+" "), text...)
	}
	r.fresh = !rec.Partial
	if !rec.Partial {
		text = append(text[:len(text):len(text)], '\n')
	}
	if r.LimitBytes > 0 && int64(len(text)) >= r.left {
		text = text[:r.left]
	}
	r.left -= int64(len(text))
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("writing to the reader of the log: %w", err)
	}
	if r.LimitBytes > 0 && r.left <= 0 {
		return errLimit
	}
	return nil
}
