package runtime

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/spec"
	"argosy.dev/runtime/supervisor"
)

func (r *Runtime) userPath(id string) string { return filepath.Join(r.opts.sandboxRun(id), "user") }

// ownUsers tells whether a sandbox has a user namespace of its own.
func ownUsers(ns *runtimeapi.NamespaceOption) bool {
	return ns.GetUsernsOptions() != nil && ns.GetUsernsOptions().GetMode() == runtimeapi.NamespaceMode_POD
}

// checkUsers refuses a user namespace that cannot be made, or that would hold what is the host's.
func checkUsers(ns *runtimeapi.NamespaceOption) error {
	o := ns.GetUsernsOptions()
	switch {
	case o == nil || o.GetMode() == runtimeapi.NamespaceMode_NODE:
		return nil
	case o.GetMode() != runtimeapi.NamespaceMode_POD:
		return invalid("a user namespace is the pod's or the host's, not of the mode %v", o.GetMode())
	case ns.GetNetwork() == runtimeapi.NamespaceMode_NODE, ns.GetIpc() == runtimeapi.NamespaceMode_NODE, ns.GetPid() == runtimeapi.NamespaceMode_NODE:
		return invalid("a pod with a user namespace of its own needs network, IPC and process namespaces of its own, too")
	}
	for _, list := range [][]*runtimeapi.IDMapping{o.GetUids(), o.GetGids()} {
		host, ok := spec.Outside(list, 0)
		if !ok {
			return invalid("the user namespace of the pod has no root: its ids are %v", list)
		}
		if host == 0 {
			return invalid("root of the pod's user namespace is the host's root")
		}
	}
	return nil
}

// usersOf is the sandbox's user namespace; nil for the host's.
func usersOf(s *sandbox) *spec.Users {
	if s.record.UserNS == "" {
		return nil
	}
	o := s.namespaces().GetUsernsOptions()
	return &spec.Users{Namespace: s.record.UserNS, UIDs: o.GetUids(), GIDs: o.GetGids()}
}

// enterUsers makes the sandbox's user namespace, pins it, and gives the calling thread the namespaces that belong to it, all but
// the user namespace itself: the supervisor has the host's rights.
func (r *Runtime) enterUsers(s *sandbox, flags int) error {
	o := s.namespaces().GetUsernsOptions()
	inside := map[string]string{}
	for name, value := range s.record.Config.GetLinux().GetSysctls() {
		if path := sysctlPath(name); !strings.HasPrefix(path, sysctlPath("net.")) {
			inside[path] = value
		}
	}
	holder, err := r.program.Hold(uintptr(flags), ranges(o.GetUids()), ranges(o.GetGids()), inside)
	if err != nil {
		return err
	}
	defer holder.Release()
	if err := pinAt("/proc/"+strconv.Itoa(holder.PID)+"/ns/user", s.record.UserNS); err != nil {
		return fmt.Errorf("pinning the user namespace: %w", err)
	}
	fd, err := unix.PidfdOpen(holder.PID, 0)
	if err != nil {
		return fmt.Errorf("reaching the pod's namespaces: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, flags); err != nil {
		return fmt.Errorf("entering the pod's namespaces: %w", err)
	}
	return nil
}

func ranges(mappings []*runtimeapi.IDMapping) []supervisor.IDRange {
	list := make([]supervisor.IDRange, len(mappings))
	for i, m := range mappings {
		list[i] = supervisor.IDRange{Inside: m.GetContainerId(), Outside: m.GetHostId(), Count: m.GetLength()}
	}
	return list
}

// prepareRoot mounts a container's root file system, with its owners as the pod's user namespace has them.
func (r *Runtime) prepareRoot(ctx context.Context, s *sandbox, c *container) (string, error) {
	u := usersOf(s)
	if u == nil {
		return r.opts.Images.Prepare(ctx, c.id, c.record.ImageID)
	}
	uid, _ := spec.Outside(u.UIDs, 0) // checked when the sandbox was made
	gid, _ := spec.Outside(u.GIDs, 0)
	return r.opts.Images.PrepareMapped(ctx, c.id, c.record.ImageID, Owners{Namespace: u.Namespace, RootUID: uid, RootGID: gid})
}
