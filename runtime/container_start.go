package runtime

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor"
	"argosy.dev/runtime/supervisor/wire"
)

// codeStartFailed is the exit code of a container whose program could not be started.
const codeStartFailed = 128

// StartContainer runs a created container's program. It returns when the program runs, or could not be started; then the
// container has ended with the reason StartError.
func (r *Runtime) StartContainer(ctx context.Context, id string) error {
	c, err := r.container(id)
	if err != nil {
		return err
	}
	s, err := r.sandbox(c.record.SandboxID)
	if err != nil {
		return err
	}
	c.life.Lock()
	defer c.life.Unlock()
	if _, p := c.snapshot(); p.Started != 0 || p.Finished != 0 {
		return fmt.Errorf("the container %s is in the state %v and cannot be started", c.id, stateOf(p))
	}
	c.mu.Lock()
	c.starting = true
	c.mu.Unlock()
	if err := r.start(ctx, s, c); err != nil {
		err = fmt.Errorf("starting the container %s of pod %s: %w", c.record.Config.GetMetadata().GetName(), s.record.Config.GetMetadata().GetName(), err)
		r.startFailed(s, c, err)
		return err
	}
	r.announce(s, c.id, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT)
	r.announced(s, c)
	return nil
}

func (r *Runtime) start(ctx context.Context, s *sandbox, c *container) error {
	client, err := s.starter()
	if err != nil {
		return err
	}
	init, err := r.initOf(s, c)
	if err != nil {
		return err
	}
	g := r.group(c)
	spawn := &wire.Spawn{
		ID: c.id, Cgroup2: g.V2Dir(), OOMFile: g.OOMFile(), ExitFile: r.exitPath(c.id),
		LogPath: c.record.LogPath, LogMax: r.opts.LogMax, LogFiles: uint32(max(r.opts.LogFiles, 0)),
		Stdin: c.record.Config.GetStdin(), Terminal: c.record.Config.GetTty(),
	}
	switch ns := c.record.Config.GetLinux().GetSecurityContext().GetNamespaceOptions(); ns.GetPid() {
	case runtimeapi.NamespaceMode_CONTAINER:
		spawn.NewPIDs = true
	case runtimeapi.NamespaceMode_POD:
		spawn.PIDsOf = s.id
	case runtimeapi.NamespaceMode_TARGET:
		target, err := r.container(ns.GetTargetId())
		if err != nil {
			return fmt.Errorf("the container whose process namespace to enter: %w", err)
		}
		if target.record.SandboxID != s.id {
			return invalid("the container %s whose process namespace to enter is of another pod", target.id)
		}
		spawn.PIDsOf = target.id
	}
	// From the moment it runs its end may be reported, also before this call returns.
	p, _, err := client.Spawn(ctx, spawn, init)
	if err != nil {
		r.abandon(ctx, client, c.id, c, err)
		return err
	}
	c.mu.Lock()
	if c.process.Finished == 0 {
		c.process = p
	}
	c.mu.Unlock()
	return nil
}

// abandon makes sure that a start that was not waited for to its end does not succeed later. A fault is such an end.
func (r *Runtime) abandon(ctx context.Context, client *supervisor.Client, id string, c *container, cause error) {
	var fault *wire.Fault
	if errors.As(cause, &fault) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killPatience)
	defer cancel()
	err := client.Signal(ctx, id, unix.SIGKILL, false)
	if id == c.id {
		err = errors.Join(err, r.group(c).Kill(ctx))
	}
	if err != nil && !errors.As(err, &fault) { // of a process that is gone a fault tells
		r.log.Warn("ending an abandoned start failed", "container", c.id, "error", err)
	}
}

// initOf returns the container's description, worked out again if this process did not create the container.
func (r *Runtime) initOf(s *sandbox, c *container) (*wire.Init, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.init == nil {
		out, err := r.describe(s, c)
		if err != nil {
			return nil, err
		}
		c.init = out.Init
	}
	return c.init, nil
}

// announced lets the container's end be told, and tells it if it came already.
func (r *Runtime) announced(s *sandbox, c *container) {
	c.mu.Lock()
	c.starting = false
	ended := c.process.Finished != 0
	c.mu.Unlock()
	if ended {
		r.announce(s, c.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
	}
}

func (r *Runtime) startFailed(s *sandbox, c *container, cause error) {
	c.mu.Lock()
	c.record.Reason, c.record.Message = "StartError", cause.Error()
	p := c.process
	p.Finished, p.Code = now(), codeStartFailed
	err := writeRecord(r.opts.containerState(c.id), &c.record)
	c.mu.Unlock()
	if err == nil {
		err = writeWhole(r.exitPath(c.id), p.AppendRecord(nil), 0o600)
	}
	if err != nil {
		r.log.Warn("keeping a failed start failed", "container", c.id, "error", err)
	}
	r.exited(p)
	r.announced(s, c)
}

// exited takes note of a container's end. It is called on the goroutine of a supervisor's connection, or by who finds
// the end by other means.
func (r *Runtime) exited(p wire.Process) {
	r.mu.RLock()
	c := r.containers[p.ID]
	var s *sandbox
	if c != nil {
		s = r.sandboxes[c.record.SandboxID]
	}
	r.mu.RUnlock()
	if c == nil || s == nil {
		r.streams.exited(p) // an exec session, perhaps
		return
	}
	c.mu.Lock()
	first, told := c.process.Finished == 0, !c.starting
	if first {
		c.process = p
		close(c.ended)
	}
	c.mu.Unlock()
	if !first {
		return
	}
	if !ownPIDs(c.record.Config) {
		// What the program left behind goes with it.
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), killPatience)
			defer cancel()
			if err := r.group(c).Kill(ctx); err != nil {
				r.log.Warn("killing what a container left behind failed", "container", c.id, "error", err)
			}
		}()
	}
	if told {
		r.announce(s, c.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
	}
}
