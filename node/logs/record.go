package logs

import (
	"bytes"
	"fmt"
	"time"
)

// Record is one line of a log file. Its parts point into the line that it was parsed from.
type Record struct {
	Time   time.Time
	Stdout bool
	// Partial: the text goes on in the next record of the same stream.
	Partial bool
	Text    []byte
}

// Parse reads one line without its newline.
func Parse(line []byte) (Record, error) {
	stamp, rest, ok := bytes.Cut(line, []byte{' '})
	if !ok {
		return Record{}, fmt.Errorf("a log line without a stream: %.80q", line)
	}
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return Record{}, fmt.Errorf("a log line without a time: %w", err)
	}
	stream, rest, ok := bytes.Cut(rest, []byte{' '})
	if !ok || string(stream) != "stdout" && string(stream) != "stderr" {
		return Record{}, fmt.Errorf("a log line of stream %.20q", stream)
	}
	tags, text, _ := bytes.Cut(rest, []byte{' '})
	tag, _, _ := bytes.Cut(tags, []byte{':'})
	return Record{Time: at, Stdout: string(stream) == "stdout", Partial: string(tag) == "P", Text: text}, nil
}
