package runtime

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor"
	"argosy.dev/runtime/supervisor/wire"
)

// recover reads what a former agent left: sandboxes whose supervisor answers go on as they are; of the others what is
// left in the kernel is removed, and their containers are reported as ended.
func (r *Runtime) recover(ctx context.Context) error {
	rebooted, err := r.newBoot()
	if err != nil {
		return err
	}
	sandboxes, err := names(r.opts.sandboxState(""))
	if err != nil {
		return err
	}
	containers, err := names(r.opts.containerState(""))
	if err != nil {
		return err
	}
	for _, id := range sandboxes {
		s := &sandbox{id: id}
		if err := readRecord(r.opts.sandboxState(id), &s.record); err != nil {
			r.log.Warn("a sandbox's record cannot be read; what can be found of it is removed", "sandbox", id, "error", err)
			r.removeStray(s)
			continue
		}
		r.sandboxes[id] = s
	}
	for _, id := range containers {
		r.recoverContainer(ctx, id)
	}
	if rebooted {
		r.afterBoot(ctx)
		return nil
	}
	ids := make([]string, 0, len(r.sandboxes))
	for id := range r.sandboxes {
		ids = append(ids, id)
	}
	var mu sync.Mutex
	var broken []*sandbox
	err = forEach(ids, func(id string) error {
		s := r.sandboxes[id]
		if r.adopt(ctx, s) == nil && s.record.Ready {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		broken = append(broken, s)
		return nil
	})
	for _, s := range broken {
		err = errors.Join(err, r.bury(ctx, s))
	}
	return errors.Join(err, r.removeStrayDirectories(), r.removeStrayCgroups(ctx))
}

// newBoot notes which boot this is and reports whether it is another than the last time.
func (r *Runtime) newBoot() (bool, error) {
	path := filepath.Join(r.opts.State, "boot")
	last := readText(path)
	if last == r.host.bootID {
		return false, nil
	}
	if err := writeWhole(path, []byte(r.host.bootID+"\n"), 0o600); err != nil {
		return false, fmt.Errorf("noting the boot: %w", err)
	}
	return last != "", nil
}

// recoverContainer reads a container's record and how it ended, if it did.
func (r *Runtime) recoverContainer(ctx context.Context, id string) {
	c := &container{id: id, ended: make(chan struct{})}
	dir := r.opts.containerState(id)
	err := readRecord(dir, &c.record)
	s := r.sandboxes[c.record.SandboxID]
	if err != nil || s == nil || !c.record.Complete {
		// Created half, or its sandbox was removed half: nobody was ever told of it, or everybody was told it is gone.
		if c.record.Cgroup != "" {
			err = r.group(c).Kill(ctx)
		}
		if err = errors.Join(err, r.discard(ctx, c)); err != nil {
			r.log.Warn("removing a forgotten container failed", "container", id, "error", err)
		}
		return
	}
	c.process.ID = id
	if b, err := os.ReadFile(r.exitPath(id)); err == nil {
		if p, err := wire.ParseRecord(id, b); err == nil {
			c.process = p
		}
	}
	if c.process.Finished != 0 {
		close(c.ended)
	}
	r.containers[id] = c
}

// adopt connects to a sandbox's supervisor and takes over what it knows.
func (r *Runtime) adopt(ctx context.Context, s *sandbox) error {
	client, err := supervisor.Dial(ctx, r.socketPath(s.id), func(p wire.Process) { r.exited(p) })
	if err != nil {
		return err
	}
	state, err := client.Hello(ctx)
	if err != nil {
		client.Close()
		return err
	}
	s.client, s.foreign = client, state.Version != wire.Version
	if s.foreign {
		r.log.Warn("a pod's supervisor is of an incompatible build; what runs is kept, nothing new can be started in it", "pod", s.record.Config.GetMetadata().GetName(), "version", state.Version)
	}
	for _, c := range r.containersOf(s.id) {
		known := slices.ContainsFunc(state.Processes, func(p wire.Process) bool { return p.ID == c.id })
		c.mu.Lock()
		if c.process.Finished == 0 && !known {
			c.process = wire.Process{ID: c.id} // it was being started for the former agent, and was undone
		}
		c.mu.Unlock()
	}
	for _, p := range state.Processes {
		r.mu.RLock()
		c := r.containers[p.ID]
		r.mu.RUnlock()
		if c == nil {
			continue
		}
		if p.Finished != 0 {
			r.exited(p)
			continue
		}
		c.mu.Lock()
		if c.process.Finished == 0 {
			c.process = p
		}
		c.mu.Unlock()
	}
	go r.watch(s, client)
	return nil
}

// bury settles a sandbox that does not go on: it lost its supervisor, was stopped half, or was never finished.
func (r *Runtime) bury(ctx context.Context, s *sandbox) error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.client == nil {
		r.orphaned(ctx, s)
	}
	if err := r.stopSandbox(ctx, s); err != nil || s.record.Complete {
		return err
	}
	// Nobody was ever told of it.
	for _, c := range r.containersOf(s.id) {
		if err := r.removeContainer(ctx, s, c); err != nil {
			return err
		}
	}
	return r.forgetSandbox(s)
}

// removeStrayCgroups removes pods' cgroups below the runtime's own root that no sandbox has, with what is in them.
func (r *Runtime) removeStrayCgroups(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, killPatience)
	defer cancel()
	var errs []error
	root := r.cgroups.Group(r.opts.CgroupRoot)
	for _, name := range root.Children() {
		g := root.Child(name)
		if !strings.HasPrefix(name, podPrefix) || slices.ContainsFunc(slices.Collect(maps.Values(r.sandboxes)), func(s *sandbox) bool {
			return s.record.Cgroup == g.Path() || strings.HasPrefix(s.record.Cgroup, g.Path()+"/")
		}) {
			continue
		}
		errs = append(errs, g.Kill(ctx), g.Remove(ctx))
	}
	return errors.Join(errs...)
}

// afterBoot settles everything that a former boot left: it all ended with the machine.
func (r *Runtime) afterBoot(ctx context.Context) {
	for _, c := range r.containers {
		if p := c.process; p.Started != 0 && p.Finished == 0 {
			p.Finished, p.Code = now(), codeUnknown
			c.record.Reason = "Unknown"
			r.settle(c, p, "the machine was restarted while the container ran")
		}
	}
	for _, s := range r.sandboxes {
		s.record.Supervisor = 0
		if err := r.changeSandbox(s, func(rec *sandboxRecord) { rec.Ready = false }); err != nil {
			r.log.Warn("keeping a sandbox's state failed", "sandbox", s.id, "error", err)
		}
		if r.opts.Network != nil && s.record.Netns != "" {
			if err := r.opts.Network.Detach(ctx, s.id, s.record.Netns); err != nil {
				r.log.Warn("detaching a former boot's pod failed", "sandbox", s.id, "error", err)
			}
		}
	}
	if err := r.removeStrayDirectories(); err != nil {
		r.log.Warn("removing what a former boot left failed", "error", err)
	}
}

// codeUnknown is the exit code of a container of which nobody knows how it ended.
const codeUnknown = 255

// removeStrayDirectories removes run directories that no running sandbox has.
func (r *Runtime) removeStrayDirectories() error {
	ids, err := names(r.opts.sandboxRun(""))
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		if s := r.sandboxes[id]; s == nil || !s.record.Ready {
			errs = append(errs, r.removeSandboxRun(&sandbox{id: id}))
		}
	}
	return errors.Join(errs...)
}

// removeStray ends a supervisor of which there is no record, and removes its directories.
func (r *Runtime) removeStray(s *sandbox) {
	if client, err := supervisor.Dial(context.Background(), r.socketPath(s.id), nil); err == nil {
		if state, err := client.Hello(context.Background()); err == nil {
			_ = unix.Kill(int(state.PID), unix.SIGKILL) // its containers die with it
		}
		client.Close()
		<-client.Done()
	}
	if err := errors.Join(r.removeSandboxRun(s), os.RemoveAll(r.opts.sandboxState(s.id))); err != nil {
		r.log.Warn("removing a broken sandbox failed", "sandbox", s.id, "error", err)
	}
}

func names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what a former agent left: %w", err)
	}
	var list []string
	for _, e := range entries {
		if e.IsDir() {
			list = append(list, e.Name())
		}
	}
	return list, nil
}
