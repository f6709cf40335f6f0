package runtime

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
)

// podCgroup is where a pod's containers go: below the parent that the agent made, or one of the runtime's own.
func (r *Runtime) podCgroup(config *runtimeapi.PodSandboxConfig) string {
	if parent := config.GetLinux().GetCgroupParent(); parent != "" {
		return filepath.Clean("/" + parent)
	}
	return filepath.Join(r.opts.CgroupRoot, "pod"+strings.ReplaceAll(config.GetMetadata().GetUid(), "/", "_"))
}

// makePodCgroup makes what is missing of path, and returns what it made, outermost first.
func (r *Runtime) makePodCgroup(path string) (made []string, err error) {
	r.home.Lock()
	defer r.home.Unlock()
	for g := r.cgroups.Group(path); !g.Root() && !g.Exists(); g = g.Parent() {
		made = append(made, g.Path())
	}
	slices.Reverse(made)
	return made, r.cgroups.Group(path).Create()
}

// removePodCgroups removes what was made for a sandbox. What other sandboxes still use is theirs to remove from now on.
func (r *Runtime) removePodCgroups(s *sandbox) error {
	r.home.Lock()
	defer r.home.Unlock()
	s.departing = true
	for _, path := range slices.Backward(s.snapshot().Made) {
		if r.cgroups.Group(path).RemoveEmpty() {
			continue
		}
		if heir := r.heirOf(path); heir != nil {
			err := r.changeSandbox(heir, func(rec *sandboxRecord) {
				if !slices.Contains(rec.Made, path) {
					rec.Made = append([]string{path}, rec.Made...)
					slices.SortFunc(rec.Made, func(a, b string) int { return len(a) - len(b) })
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// heirOf finds a sandbox that stays and whose cgroup is path or lies below it.
func (r *Runtime) heirOf(path string) *sandbox {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, other := range r.sandboxes {
		if c := other.record.Cgroup; !other.departing && (c == path || strings.HasPrefix(c, path+"/")) {
			return other
		}
	}
	return nil
}

// supervisors is the cgroup of all supervisors: of no pod, so that a pod's limits do not count them, and not the agent's,
// so that what ends the agent's cgroup does not end them.
func (r *Runtime) supervisors() *cgroup.Group {
	return r.cgroups.Everywhere(filepath.Join(r.opts.CgroupRoot, "supervisors"))
}

func (r *Runtime) makeHome() error {
	r.home.Lock()
	defer r.home.Unlock()
	if r.ready {
		return nil
	}
	if err := r.supervisors().Create(); err != nil {
		return err
	}
	r.ready = true
	return nil
}

// homePatience bounds the wait for supervisors that were just ended.
const homePatience = 2 * time.Second

// removeHome removes the supervisors' cgroup and the root of all, if no sandbox is left.
func (r *Runtime) removeHome(ctx context.Context) error {
	r.home.Lock()
	defer r.home.Unlock()
	r.mu.RLock()
	busy := len(r.sandboxes) > 0
	r.mu.RUnlock()
	if busy {
		return nil
	}
	r.ready = false
	group := r.supervisors()
	ctx, cancel := context.WithTimeout(ctx, homePatience)
	defer cancel()
	if err := group.Remove(ctx); err != nil {
		return err
	}
	if root := group.Parent(); !root.RemoveEmpty() && !root.Root() {
		return errors.New("the cgroup " + root.Path() + " is still in use")
	}
	return nil
}
