package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	internalapi "k8s.io/cri-api/pkg/apis"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/seccomp"
	"argosy.dev/runtime/supervisor"
)

var _ internalapi.RuntimeService = (*Runtime)(nil)

// Options say what a Runtime is made of.
type Options struct {
	// State is the directory for what must outlive a reboot: what containers there are and how they ended. Run is for
	// what must not: sockets, pinned namespaces. Both are made if missing.
	State, Run string
	Images     Images
	// Network connects sandboxes; nil leaves them with the loopback interface only.
	Network Network
	// CgroupRoot is the cgroup that supervisors, and pods without a cgroup parent of their own, are put below; empty
	// means /argosy.
	CgroupRoot string
	// SeccompDir is where Localhost seccomp profiles are; empty means "seccomp" in State.
	SeccompDir string
	// StreamURL is where addresses given out by Exec, Attach and PortForward begin; it ends with a slash. Nil means
	// StreamBase.
	StreamURL *url.URL
	// LogMax is the size in bytes above which a container's log rotates itself, 0 for never; LogFiles are kept.
	LogMax   uint64
	LogFiles int
	Log      *slog.Logger
}

// Runtime is the embedded container runtime.
type Runtime struct {
	opts     Options
	log      *slog.Logger
	program  *supervisor.Program
	cgroups  *cgroup.System
	profiles *seccomp.Profiles
	host     host
	events   *events
	streams  *streams

	mu         sync.RWMutex
	sandboxes  map[string]*sandbox
	containers map[string]*container

	// home guards making and removing the cgroups that sandboxes share; ready tells that the supervisors' one is there.
	home  sync.Mutex
	ready bool
}

// New opens the runtime on its directories, adopts what runs and cleans up what a former boot or crash left.
func New(ctx context.Context, opts Options) (*Runtime, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	r := &Runtime{
		opts: opts, log: opts.Log, profiles: seccomp.NewProfiles(opts.SeccompDir), events: newEvents(),
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{},
	}
	var err error
	if r.host, err = inspectHost(); err != nil {
		return nil, err
	}
	if r.cgroups, err = cgroup.Detect(); err != nil {
		return nil, err
	}
	for _, c := range r.cgroups.Missing() {
		r.log.Warn("the kernel has no such cgroup controller; its limits are not enforced", "controller", c)
	}
	if r.program, err = supervisor.Load(); err != nil {
		return nil, err
	}
	if r.streams, err = newStreams(r); err != nil {
		return nil, err
	}
	if err := r.recover(ctx); err != nil {
		return nil, errors.Join(err, r.program.Close())
	}
	return r, nil
}

func (o *Options) complete() error {
	if o.State == "" || o.Run == "" || o.Images == nil {
		return errors.New("the runtime needs a state directory, a run directory and images")
	}
	if o.CgroupRoot == "" {
		o.CgroupRoot = "/argosy"
	}
	o.CgroupRoot = filepath.Clean("/" + o.CgroupRoot)
	if o.SeccompDir == "" {
		o.SeccompDir = filepath.Join(o.State, "seccomp")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	for _, dir := range []*string{&o.State, &o.Run} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return fmt.Errorf("the directory %s: %w", *dir, err)
		}
		*dir = abs
	}
	for _, dir := range []string{o.sandboxState(""), o.containerState(""), o.sandboxRun("")} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return fmt.Errorf("making the runtime's directories: %w", err)
		}
	}
	return nil
}

func (o *Options) sandboxState(id string) string   { return filepath.Join(o.State, "sandboxes", id) }
func (o *Options) containerState(id string) string { return filepath.Join(o.State, "containers", id) }
func (o *Options) sandboxRun(id string) string     { return filepath.Join(o.Run, "sandboxes", id) }

// Close lets go of everything that runs: supervisors and containers stay, for the next Runtime on these directories.
func (r *Runtime) Close(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sandboxes {
		s.disconnect()
	}
	r.events.close()
	return r.program.Close()
}

// Clear stops and removes every sandbox and takes down what they shared, so that nothing of the runtime is left in the
// kernel.
func (r *Runtime) Clear(ctx context.Context) error {
	r.mu.RLock()
	ids := make([]string, 0, len(r.sandboxes))
	for id := range r.sandboxes {
		ids = append(ids, id)
	}
	r.mu.RUnlock()
	err := forEach(ids, func(id string) error { return r.RemovePodSandbox(ctx, id) })
	return errors.Join(err, r.removeHome(ctx))
}

// forEach calls f for every item, some at a time, and joins the errors.
func forEach(items []string, f func(string) error) error {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
		gate = make(chan struct{}, 16)
	)
	for _, item := range items {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			if err := f(item); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
