package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor"
	"argosy.dev/runtime/supervisor/wire"
)

// StopPodSandbox kills what runs in the sandbox, lets go of its addresses and ends its supervisor. One that is stopped,
// or unknown, is left as it is.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	s, err := r.sandbox(id)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s.life.Lock()
	defer s.life.Unlock()
	was := s.snapshot().Ready
	if err := r.stopSandbox(ctx, s); err != nil {
		return fmt.Errorf("stopping the sandbox %s: %w", s.id, err)
	}
	if was {
		r.announce(s, s.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
	}
	return nil
}

// RemovePodSandbox stops the sandbox if need be and removes it with its containers. An unknown one is gone already.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	s, err := r.sandbox(id)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s.life.Lock()
	defer s.life.Unlock()
	was := s.snapshot().Ready
	if err := r.stopSandbox(ctx, s); err != nil {
		return fmt.Errorf("removing the sandbox %s: %w", s.id, err)
	}
	if was {
		r.announce(s, s.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
	}
	for _, c := range r.containersOf(s.id) {
		if err := r.removeContainer(ctx, s, c); err != nil {
			return fmt.Errorf("removing the sandbox %s: %w", s.id, err)
		}
	}
	if err := r.forgetSandbox(s); err != nil {
		return fmt.Errorf("removing the sandbox %s: %w", s.id, err)
	}
	r.announce(s, s.id, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT)
	return nil
}

// stopSandbox undoes, as far as it was done, what runSandbox did in the kernel. The caller holds s.life.
func (r *Runtime) stopSandbox(ctx context.Context, s *sandbox) error {
	var errs []error
	for _, c := range r.containersOf(s.id) {
		errs = append(errs, r.killContainer(ctx, s, c))
	}
	if s.record.Netns != "" && r.opts.Network != nil {
		if err := r.opts.Network.Detach(ctx, s.id, s.record.Netns); err != nil {
			errs = append(errs, fmt.Errorf("detaching the pod's network: %w", err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := r.endSupervisor(ctx, s); err != nil {
		return err
	}
	if err := r.removeSandboxRun(s); err != nil {
		return err
	}
	if !s.snapshot().Ready {
		return nil
	}
	return r.changeSandbox(s, func(rec *sandboxRecord) { rec.Ready = false })
}

// endSupervisor asks the supervisor to end, and makes it if it does not.
func (r *Runtime) endSupervisor(ctx context.Context, s *sandbox) error {
	s.mu.Lock()
	s.leaving = true
	client := s.client
	rec := s.record
	s.mu.Unlock()
	if client != nil {
		err := client.Shutdown(ctx)
		if err == nil {
			select {
			case <-client.Done():
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		client.Close()
		<-client.Done()
		s.mu.Lock()
		s.client = nil
		s.mu.Unlock()
	}
	if rec.Supervisor != 0 && startTicks(rec.Supervisor) == rec.SupervisorTicks {
		_ = unix.Kill(rec.Supervisor, unix.SIGKILL) // gone already, unless it did not answer
		reap(rec.Supervisor)
	}
	return nil
}

// reap takes note of the end of a supervisor that is this process's child; another agent's is not, and init reaps it.
func reap(pid int) {
	for {
		_, err := unix.Wait4(pid, nil, 0, nil)
		if err != unix.EINTR {
			return
		}
	}
}

// forgetSandbox removes the last traces of a stopped sandbox that has no containers. The caller holds s.life.
func (r *Runtime) forgetSandbox(s *sandbox) error {
	if err := r.removePodCgroups(s); err != nil {
		return err
	}
	if err := os.RemoveAll(r.opts.sandboxState(s.id)); err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.sandboxes, s.id)
	r.mu.Unlock()
	return nil
}

// watch waits for the end of a supervisor. If nobody asked for it, everything that it supervised is dead or dying: the
// containers are killed for good and reported, and the sandbox is not ready any more.
func (r *Runtime) watch(s *sandbox, client *supervisor.Client) {
	<-client.Done()
	s.mu.Lock()
	leaving, rec := s.leaving, s.record
	if s.client == client {
		s.client = nil
	}
	s.mu.Unlock()
	if leaving {
		return
	}
	reap(rec.Supervisor)
	r.log.Warn("a pod's supervisor died; its containers are killed", "pod", rec.Config.GetMetadata().GetName(), "namespace", rec.Config.GetMetadata().GetNamespace(), "pid", rec.Supervisor)
	ctx, cancel := context.WithTimeout(context.Background(), killPatience)
	defer cancel()
	r.orphaned(ctx, s)
	r.announce(s, s.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
}

// orphaned settles the containers of a sandbox that has lost its supervisor, and the sandbox.
func (r *Runtime) orphaned(ctx context.Context, s *sandbox) {
	for _, c := range r.containersOf(s.id) {
		if err := r.group(c).Kill(ctx); err != nil {
			r.log.Warn("killing a container without supervisor failed", "container", c.id, "error", err)
		}
		c.mu.Lock()
		running := c.process.Started != 0 && c.process.Finished == 0
		p := c.process
		c.mu.Unlock()
		if running {
			p.Finished, p.Code = now(), 128+int32(unix.SIGKILL)
			r.settle(c, p, "the pod's supervisor died")
		}
	}
	if err := r.changeSandbox(s, func(rec *sandboxRecord) { rec.Ready = false }); err != nil {
		r.log.Warn("keeping a sandbox's state failed", "sandbox", s.id, "error", err)
	}
}

// settle keeps the end of a container that no supervisor recorded.
func (r *Runtime) settle(c *container, p wire.Process, message string) {
	if err := writeWhole(r.exitPath(c.id), p.AppendRecord(nil), 0o600); err != nil {
		r.log.Warn("keeping a container's end failed", "container", c.id, "error", err)
	}
	c.mu.Lock()
	c.record.Message = message
	c.mu.Unlock()
	r.exited(p)
}
