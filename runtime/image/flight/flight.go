package flight

import (
	"context"
	"errors"
	"sync"
)

// ErrAbandoned is the cause of the work's context when all callers have given up.
var ErrAbandoned = errors.New("nobody waits for it any more")

// Group is a set of ongoing works by key. The zero Group is ready for use.
type Group[K comparable, V any] struct {
	mu    sync.Mutex
	works map[K]*work[V]
}

type work[V any] struct {
	waiting int
	cancel  context.CancelCauseFunc
	done    chan struct{}
	value   V
	err     error
}

// Do waits for the work of a key, starting it if it is not under way, and returns its result. When ctx ends first, its error is
// returned and the work goes on for the others. The values of the first caller's context are those of the work's.
func (g *Group[K, V]) Do(ctx context.Context, key K, do func(context.Context) (V, error)) (V, error) {
	g.mu.Lock()
	w, ok := g.works[key]
	if !ok {
		own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		w = &work[V]{cancel: cancel, done: make(chan struct{})}
		if g.works == nil {
			g.works = map[K]*work[V]{}
		}
		g.works[key] = w
		go g.run(own, key, w, do)
	}
	w.waiting++
	g.mu.Unlock()

	select {
	case <-w.done:
		return w.value, w.err
	case <-ctx.Done():
	}
	g.mu.Lock()
	w.waiting--
	if w.waiting == 0 {
		w.cancel(ErrAbandoned)
		g.forget(key, w) // who comes now starts anew
	}
	g.mu.Unlock()
	var zero V
	return zero, context.Cause(ctx)
}

func (g *Group[K, V]) run(ctx context.Context, key K, w *work[V], do func(context.Context) (V, error)) {
	defer w.cancel(nil)
	w.value, w.err = do(ctx)
	g.mu.Lock()
	g.forget(key, w)
	g.mu.Unlock()
	close(w.done)
}

func (g *Group[K, V]) forget(key K, w *work[V]) {
	if g.works[key] == w {
		delete(g.works, key)
	}
}
