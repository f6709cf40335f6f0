package cluster

import (
	"bytes"
	"strings"
	"sync"
)

// Output collects what a process prints, and lets others wait for a line of it.
type Output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{} // closed and replaced at every write
}

func newOutput() *Output { return &Output{changed: make(chan struct{})} }

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(p)
	close(o.changed)
	o.changed = make(chan struct{})
	return len(p), nil
}

// String is everything so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// find returns the first whole line that contains text, and a channel that is closed when there is more to look at.
func (o *Output) find(text string) (line string, ok bool, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.buf.String()
	if i := strings.LastIndexByte(all, '\n'); i >= 0 {
		for l := range strings.Lines(all[:i+1]) {
			if strings.Contains(l, text) {
				return strings.TrimSuffix(l, "\n"), true, nil
			}
		}
	}
	return "", false, o.changed
}

// more returns a channel that is closed at the next write.
func (o *Output) more() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

// tail is the last n lines.
func (o *Output) tail(n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(o.String(), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "")
}
