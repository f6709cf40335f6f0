package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// seekTail moves f to where its last n whole lines begin.
func seekTail(f *os.File, n int64) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	const block = 32 << 10
	buf := make([]byte, block)
	lines := int64(0)
	for at := end; at > 0; {
		size := min(block, at)
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := size - 1; i >= 0; i-- {
			if buf[i] != '\n' || at+i == end-1 {
				continue
			}
			if lines++; lines == n {
				return skipTo(f, at+i+1)
			}
		}
	}
	if n == 0 {
		return skipTo(f, end)
	}
	return skipTo(f, 0)
}

func skipTo(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

// Tail returns the text of the last lines of a log, at most so many bytes of it.
func Tail(path string, lines int64, bytesAtMost int) (string, error) {
	var out bytes.Buffer
	if err := Read(context.Background(), path, Options{TailLines: lines, Stdout: &out, Stderr: &out}); err != nil {
		return "", fmt.Errorf("reading the end of %s: %w", path, err)
	}
	text := out.Bytes()
	if len(text) > bytesAtMost {
		text = text[len(text)-bytesAtMost:]
	}
	return string(text), nil
}
