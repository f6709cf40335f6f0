package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// fileName is the journal's name in the state directory.
const fileName = "attachments.log"

// rewriteAfter is how many lines beyond the shortest possible log make the log be rewritten.
const rewriteAfter = 2000

// Journal is an open log.
type Journal struct {
	path string

	mu    sync.Mutex
	state State
	file  *os.File
	size  int64 // of what is known to be whole lines
	lines int
}

// Open reads the log in dir, making both if they are missing, and rewrites it as short as it can be. unreadable is how
// many lines had to be skipped.
func Open(dir string) (j *Journal, unreadable int, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, 0, fmt.Errorf("making the network's state directory: %w", err)
	}
	j = &Journal{path: filepath.Join(dir, fileName), state: newState()}
	f, err := os.Open(j.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, 0, fmt.Errorf("reading the network's journal: %w", err)
	default:
		j.state, unreadable, err = replay(f)
		_ = f.Close()
		if err != nil {
			return nil, 0, fmt.Errorf("reading the network's journal %s: %w", j.path, err)
		}
	}
	if err := j.rewrite(); err != nil {
		return nil, 0, err
	}
	return j, unreadable, nil
}

// State returns a copy of what the journal says now.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return State{
		Attached: maps.Clone(j.state.Attached), Draining: maps.Clone(j.state.Draining), Released: slices.Clone(j.state.Released),
	}
}

// Attach records that the sandbox has these addresses and ports; an earlier record of it is replaced.
func (j *Journal) Attach(r Record) error { return j.append(line{Op: "attach", Record: &r}) }

// Detach records that the sandbox is gone, its addresses not yet free.
func (j *Journal) Detach(sandbox string) error { return j.append(line{Op: "detach", Sandbox: sandbox}) }

// Free records that the addresses of a detached sandbox are free.
func (j *Journal) Free(sandbox string) error { return j.append(line{Op: "free", Sandbox: sandbox}) }

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file.Close()
}

// append writes one line. A line that could not be written whole is taken off again, so that the next one stands alone,
// and the state stays as it was.
func (j *Journal) append(l line) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("writing the network's journal: %w", err)
	}
	raw = append(raw, '\n')
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.WriteAt(raw, j.size); err != nil {
		return errors.Join(fmt.Errorf("writing the network's journal: %w", err), j.file.Truncate(j.size))
	}
	j.size += int64(len(raw))
	j.lines++
	j.state.apply(l)
	if shortest := len(j.state.Attached) + 2*len(j.state.Draining) + 2; j.lines > shortest+rewriteAfter {
		return j.rewrite()
	}
	return nil
}

// rewrite replaces the file by the shortest log of the state.
func (j *Journal) rewrite() error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	lines := j.state.lines()
	for _, l := range lines {
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("writing the network's journal: %w", err)
		}
	}
	temporary := j.path + ".new"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("rewriting the network's journal: %w", err)
	}
	if _, err = f.Write(out.Bytes()); err == nil {
		err = os.Rename(temporary, j.path)
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(temporary)
		return fmt.Errorf("rewriting the network's journal: %w", err)
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.size, j.lines = f, int64(out.Len()), len(lines)
	return nil
}
