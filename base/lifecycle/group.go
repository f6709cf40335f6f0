package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// DefaultStopTimeout is how long one component may take to stop when the group does not say.
const DefaultStopTimeout = 10 * time.Second

// abandonAfter is how long a component that overran its deadline is still waited for, so that one that obeys its context
// is heard out and only one that ignores it is left behind.
const abandonAfter = time.Second

// Group is an ordered list of components with one life. Its exported fields are set before the first Start and not
// changed after.
type Group struct {
	// Label is the group's own name where groups nest.
	Label string
	// Components in the order in which they start.
	Components []Component
	// StopTimeout bounds the stop of each component; zero means DefaultStopTimeout. A nested group with many components
	// needs a parent with a longer one.
	StopTimeout time.Duration
	// Log takes one debug line a step; nil means none.
	Log *slog.Logger

	step    sync.Mutex // held through Start and Stop
	mu      sync.Mutex // guards started
	started []Component
}

// Name returns the label.
func (g *Group) Name() string { return g.Label }

// Start starts the components in order. When one fails, or ctx ends in between, those already started are stopped in
// reverse and the error names the component; errors of these stops are joined to it.
func (g *Group) Start(ctx context.Context) error {
	g.step.Lock()
	defer g.step.Unlock()
	if len(g.running()) > 0 {
		return errors.New("already started")
	}
	for _, c := range g.Components {
		if err := g.startOne(ctx, c); err != nil {
			return errors.Join(fmt.Errorf("starting %s: %w", c.Name(), err), g.stopAll(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

func (g *Group) startOne(ctx context.Context, c Component) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	began := time.Now()
	if err := c.Start(ctx); err != nil {
		return err
	}
	g.mu.Lock()
	g.started = append(g.started, c)
	g.mu.Unlock()
	g.debug("component started", c, began)
	return nil
}

// Stop stops what is running, in reverse, each component under a deadline of its own. It goes on past errors and past a
// component that does not return in time, and returns all of it joined. Stopping a group that is not running does nothing.
func (g *Group) Stop(ctx context.Context) error {
	g.step.Lock()
	defer g.step.Unlock()
	return g.stopAll(ctx)
}

func (g *Group) stopAll(ctx context.Context) error {
	running := g.running()
	g.mu.Lock()
	g.started = nil
	g.mu.Unlock()
	var errs []error
	for _, c := range slices.Backward(running) {
		began := time.Now()
		if err := g.stopOne(ctx, c); err != nil {
			errs = append(errs, fmt.Errorf("stopping %s: %w", c.Name(), err))
			continue
		}
		g.debug("component stopped", c, began)
	}
	return errors.Join(errs...)
}

func (g *Group) stopOne(ctx context.Context, c Component) error {
	timeout := g.StopTimeout
	if timeout == 0 {
		timeout = DefaultStopTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(abandonAfter):
		return fmt.Errorf("left behind, it did not return: %w", ctx.Err())
	}
}

// Ready asks every running component that can tell, and joins what they miss. A group that is not fully started is not
// ready.
func (g *Group) Ready() error {
	running := g.running()
	if len(running) < len(g.Components) {
		return fmt.Errorf("%d of %d components started", len(running), len(g.Components))
	}
	var errs []error
	for _, c := range running {
		if r, ok := c.(Readiness); ok {
			if err := r.Ready(); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", c.Name(), err))
			}
		}
	}
	return errors.Join(errs...)
}

// Run starts the group, waits until ctx ends, and stops it. A plain cancellation is the ordinary end and no error. A
// component that fails later ends the run through a context.CancelCauseFunc that it was given; Run returns that cause.
func (g *Group) Run(ctx context.Context) error {
	if err := g.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	cause := context.Cause(ctx)
	if errors.Is(cause, context.Canceled) {
		cause = nil
	}
	return errors.Join(cause, g.Stop(context.WithoutCancel(ctx)))
}

func (g *Group) running() []Component {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.started)
}

func (g *Group) debug(msg string, c Component, began time.Time) {
	if g.Log != nil {
		g.Log.Debug(msg, "component", c.Name(), "took", time.Since(began))
	}
}
