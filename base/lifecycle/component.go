package lifecycle

import "context"

// Component is a part of the process that runs for as long as the process does.
type Component interface {
	// Name is short and constant; logs and errors name the component by it.
	Name() string

	// Start returns once the component can be used by those started after it. ctx bounds the start alone: what runs on
	// afterwards lives until Stop, not until ctx ends. A Start that fails has cleaned up after itself; Stop is then not
	// called for it.
	Start(ctx context.Context) error

	// Stop ends what Start began and returns when it has ended, or when ctx does. It is called once for each Start.
	Stop(ctx context.Context) error
}

// Readiness is implemented by a component that can tell, while it runs, whether it is fit to serve. It is asked often and
// must not block.
type Readiness interface {
	// Ready returns nil, or what is still missing.
	Ready() error
}

// Func is a Component made of functions; each of them may be nil.
type Func struct {
	Label   string
	OnStart func(ctx context.Context) error
	OnStop  func(ctx context.Context) error
	OnReady func() error
}

// Name returns the label.
func (f Func) Name() string { return f.Label }

// Start calls OnStart.
func (f Func) Start(ctx context.Context) error {
	if f.OnStart == nil {
		return nil
	}
	return f.OnStart(ctx)
}

// Stop calls OnStop.
func (f Func) Stop(ctx context.Context) error {
	if f.OnStop == nil {
		return nil
	}
	return f.OnStop(ctx)
}

// Ready calls OnReady.
func (f Func) Ready() error {
	if f.OnReady == nil {
		return nil
	}
	return f.OnReady()
}
