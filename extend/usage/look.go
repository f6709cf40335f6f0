package usage

import (
	"context"
	"fmt"
	"io"
	"time"
)

const (
	// fresh is how long what a node told, or that it told nothing, is taken for news.
	fresh = 10 * time.Second
	// longest is the longest time over which a rate is told: it should be about now.
	longest = 2 * time.Minute
	// settle is the time between two looks where there was none lately.
	settle = time.Second
	// within bounds how long a node may take to answer, settle included.
	within = 5 * time.Second
)

// Fetch reads what a node's API shows under a path.
type Fetch func(ctx context.Context, node, path string) (io.ReadCloser, error)

// watched is one node as it was seen last.
type watched struct {
	turn   chan struct{} // holds one while it is looked at: whoever else asks waits for the same look
	before *sample
	now    *sample
	taken  time.Time // the time of now
	tried  time.Time
	err    error
}

func newWatched() *watched { return &watched{turn: make(chan struct{}, 1)} }

// look returns the last two looks, the later of them from not long ago.
func (w *watched) look(ctx context.Context, node string, fetch Fetch) (pair, error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return pair{}, ctx.Err()
	}
	if !w.tried.IsZero() && time.Since(w.tried) < fresh {
		return pair{w.before, w.now}, w.err
	}
	// Others wait for this as well: that one of them goes away ends it for none.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	w.err = w.again(ctx, node, fetch)
	w.tried = time.Now()
	return pair{w.before, w.now}, w.err
}

func (w *watched) again(ctx context.Context, node string, fetch Fetch) error {
	if w.now == nil || time.Since(w.taken) > longest {
		if err := w.take(ctx, node, fetch); err != nil {
			return err
		}
		select {
		case <-time.After(settle):
		case <-ctx.Done():
			return fmt.Errorf("looking twice at node %s: %w", node, ctx.Err())
		}
	}
	return w.take(ctx, node, fetch)
}

func (w *watched) take(ctx context.Context, node string, fetch Fetch) error {
	body, err := fetch(ctx, node, "metrics/resource")
	if err != nil {
		return fmt.Errorf("asking node %s what it uses: %w", node, err)
	}
	defer body.Close()
	taken := time.Now()
	s, err := read(body, taken)
	if err != nil {
		return fmt.Errorf("asking node %s what it uses: %w", node, err)
	}
	w.before, w.now, w.taken = w.now, s, taken
	return nil
}
