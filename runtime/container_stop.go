package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor"
	"argosy.dev/runtime/supervisor/wire"
)

// killPatience is how long a killed container may take to be gone: the kernel frees its memory first.
const killPatience = 30 * time.Second

// StopContainer asks a container to end with its stop signal, and kills it after timeout seconds. One that does not run,
// or is unknown, is left as it is.
func (r *Runtime) StopContainer(ctx context.Context, id string, timeout int64) error {
	c, err := r.container(id)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := r.sandbox(c.record.SandboxID)
	if err != nil {
		return err
	}
	// Not under c.life: whoever stops it with less patience must not wait behind who has more.
	if _, p := c.snapshot(); stateOf(p) != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil
	}
	if timeout > 0 && r.ask(ctx, s, c, time.Duration(timeout)*time.Second) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopping the container %s: %w", c.id, err)
	}
	return r.killContainer(ctx, s, c)
}

// ask sends the stop signal and reports whether the container ended in time.
func (r *Runtime) ask(ctx context.Context, s *sandbox, c *container, patience time.Duration) bool {
	client := s.supervisor()
	if client == nil {
		return false
	}
	if err := client.Signal(ctx, c.id, stopSignal(&c.record), false); err != nil {
		return false
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ended:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// killContainer kills everything in a container and waits for its end.
func (r *Runtime) killContainer(ctx context.Context, s *sandbox, c *container) error {
	c.life.Lock() // a start that is under way is waited for
	defer c.life.Unlock()
	if _, p := c.snapshot(); stateOf(p) != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, killPatience)
	defer cancel()
	if client := s.supervisor(); client != nil {
		_ = client.Signal(ctx, c.id, unix.SIGKILL, false) // the cgroup's kill is what counts
	}
	if err := r.group(c).Kill(ctx); err != nil {
		return fmt.Errorf("killing the container %s: %w", c.id, err)
	}
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the container %s was killed but does not end: %w", c.id, ctx.Err())
	}
}

// RemoveContainer removes a container, killing it first if it runs. An unknown one is gone already.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error {
	c, err := r.container(id)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := r.sandbox(c.record.SandboxID)
	if err != nil {
		return err
	}
	return r.removeContainer(ctx, s, c)
}

func (r *Runtime) removeContainer(ctx context.Context, s *sandbox, c *container) error {
	if err := r.killContainer(ctx, s, c); err != nil {
		return err
	}
	c.life.Lock()
	defer c.life.Unlock()
	if client := s.supervisor(); client != nil {
		if err := client.Forget(ctx, c.id); err != nil && !errors.Is(err, supervisor.ErrDisconnected) {
			return fmt.Errorf("removing the container %s: %w", c.id, err)
		}
	}
	if err := r.discard(ctx, c); err != nil {
		return fmt.Errorf("removing the container %s: %w", c.id, err)
	}
	r.mu.Lock()
	_, there := r.containers[c.id]
	delete(r.containers, c.id)
	r.mu.Unlock()
	if there {
		r.announce(s, c.id, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT)
	}
	return nil
}

// discard removes what a container has in the kernel and on disk. Nothing of it runs any more.
func (r *Runtime) discard(ctx context.Context, c *container) error {
	ctx, cancel := context.WithTimeout(ctx, killPatience)
	defer cancel()
	err := r.opts.Images.Remove(ctx, c.id)
	if c.record.Cgroup != "" {
		err = errors.Join(err, r.group(c).Remove(ctx))
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(r.opts.containerState(c.id))
}

// running returns a container that runs, with its process.
func (r *Runtime) running(id string) (*sandbox, *container, wire.Process, error) {
	c, err := r.container(id)
	if err != nil {
		return nil, nil, wire.Process{}, err
	}
	s, err := r.sandbox(c.record.SandboxID)
	if err != nil {
		return nil, nil, wire.Process{}, err
	}
	_, p := c.snapshot()
	if stateOf(p) != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil, nil, p, fmt.Errorf("the container %s is not running", c.id)
	}
	return s, c, p, nil
}
