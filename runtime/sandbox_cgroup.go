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

// podPrefix begins the names of the cgroups that the runtime makes for pods without a parent of their own.
const podPrefix = "pod"

// podCgroup is where a pod's containers go: below the parent that the agent made, or one of the runtime's own.
func (r *Runtime) podCgroup(config *runtimeapi.PodSandboxConfig) string {
	if parent := config.GetLinux().GetCgroupParent(); parent != "" {
		return filepath.Clean("/" + parent)
	}
	return filepath.Join(r.opts.CgroupRoot, podPrefix+strings.ReplaceAll(config.GetMetadata().GetUid(), "/", "_"))
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

// limitPod puts what the pod may use as a whole in force, unless its cgroup is the agent's own.
func (r *Runtime) limitPod(s *sandbox, resources *runtimeapi.LinuxContainerResources) error {
	if resources == nil || s.record.Config.GetLinux().GetCgroupParent() != "" {
		return nil
	}
	limits, err := limitsOf(resources, r.cgroups.V2())
	if err != nil {
		return err
	}
	return r.cgroups.Group(s.record.Cgroup).Set(limits)
}

// removePodCgroups removes the sandbox's cgroup and what was made above it, unless other sandboxes use it: then it is
// theirs to remove.
func (r *Runtime) removePodCgroups(s *sandbox) error {
	r.home.Lock()
	s.departing = true
	var mine []string
	var err error
	for _, path := range r.madeFor(s) {
		heir := r.heirOf(path)
		if heir == nil {
			mine = append(mine, path)
			continue
		}
		err = errors.Join(err, r.changeSandbox(heir, func(rec *sandboxRecord) {
			if !slices.Contains(rec.Made, path) {
				rec.Made = append(rec.Made, path)
				slices.SortFunc(rec.Made, func(a, b string) int { return len(a) - len(b) })
			}
		}))
	}
	r.home.Unlock()
	// The pod's own cgroup goes without the lock: no start is to wait for it.
	if n := len(mine); n > 0 && mine[n-1] == s.record.Cgroup {
		r.cgroups.Group(mine[n-1]).RemoveEmpty()
		mine = mine[:n-1]
	}
	if len(mine) > 0 {
		r.home.Lock()
		defer r.home.Unlock()
		for _, path := range slices.Backward(mine) {
			r.cgroups.Group(path).RemoveEmpty() // what somebody else put something into stays
		}
	}
	return err
}

// madeFor lists the cgroups that go with a sandbox, outermost first. Below the runtime's own root a pod's is always its.
func (r *Runtime) madeFor(s *sandbox) []string {
	made := slices.Clone(s.snapshot().Made)
	made = slices.DeleteFunc(made, func(path string) bool { return path == r.opts.CgroupRoot })
	if strings.HasPrefix(s.record.Cgroup, r.opts.CgroupRoot+"/") && !slices.Contains(made, s.record.Cgroup) {
		made = append(made, s.record.Cgroup)
	}
	return made
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
