package spec

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

const (
	noSUID  = unix.MOUNT_ATTR_NOSUID
	noDev   = unix.MOUNT_ATTR_NODEV
	noExec  = unix.MOUNT_ATTR_NOEXEC
	rdOnly  = unix.MOUNT_ATTR_RDONLY
	cgroups = "/sys/fs/cgroup"
)

// mounts lists everything to mount, outer before inner. What the container mounts itself replaces a mount that every
// container has.
func mounts(in *Input) ([]wire.Mount, error) {
	wanted := map[string]bool{}
	var own []wire.Mount
	for _, m := range in.Config.GetMounts() {
		w, err := bind(m)
		if err != nil {
			return nil, err
		}
		if w.IDMap, err = in.Users.mapped(m); err != nil {
			return nil, err
		}
		wanted[w.Target] = true
		own = append(own, w)
	}
	slices.SortStableFunc(own, func(a, b wire.Mount) int { return cmp.Compare(depth(a.Target), depth(b.Target)) })
	usual := slices.DeleteFunc(usualMounts(in), func(m wire.Mount) bool {
		return wanted[m.Target] || wanted[cgroups] && strings.HasPrefix(m.Target, cgroups)
	})
	return slices.Concat(usual, writable(in, wanted), own), nil
}

// writable lists the volumes that the image declares and nobody mounts: they can be written to even if the root file
// system cannot.
func writable(in *Input, wanted map[string]bool) []wire.Mount {
	if !security(in.Config).GetReadonlyRootfs() {
		return nil
	}
	var list []wire.Mount
	for _, path := range slices.Sorted(maps.Keys(in.Image.Volumes)) {
		if path = filepath.Clean("/" + path); path != "/" && !wanted[path] {
			list = append(list, wire.Mount{Kind: wire.MountSelf, Target: path})
		}
	}
	return list
}

func depth(path string) int { return strings.Count(filepath.Clean(path), "/") }

// usualMounts are what a container finds without asking.
func usualMounts(in *Input) []wire.Mount {
	privileged := security(in.Config).GetPrivileged()
	sys := uint64(noSUID | noExec | noDev)
	if !privileged {
		sys |= rdOnly
	}
	list := []wire.Mount{
		{Kind: wire.MountNew, Type: "proc", Target: "/proc", Attr: noSUID | noExec | noDev},
		{Kind: wire.MountNew, Type: "tmpfs", Target: "/dev", Attr: noSUID | unix.MOUNT_ATTR_STRICTATIME, Options: []string{"mode=755", "size=65536k"}},
		{Kind: wire.MountNew, Type: "devpts", Target: "/dev/pts", Attr: noSUID | noExec, Options: []string{"newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
		{Kind: wire.MountNew, Type: "mqueue", Target: "/dev/mqueue", Attr: noSUID | noExec | noDev, Optional: true},
		{Kind: wire.MountNew, Type: "sysfs", Target: "/sys", Attr: sys},
	}
	list = append(list, cgroupMounts(in, privileged)...)
	list = append(list, wire.Mount{Source: in.Files.Shm, Target: "/dev/shm", Attr: noSUID | noExec | noDev, IDMap: in.Users != nil})
	var fixed uint64
	if security(in.Config).GetReadonlyRootfs() {
		fixed = rdOnly
	}
	for _, f := range [...]struct{ source, target string }{
		{in.Files.Hosts, "/etc/hosts"}, {in.Files.Hostname, "/etc/hostname"}, {in.Files.ResolvConf, "/etc/resolv.conf"},
	} {
		if f.source != "" {
			list = append(list, wire.Mount{Source: f.source, Target: f.target, Attr: fixed, IDMap: in.Users != nil})
		}
	}
	return list
}

// cgroupMounts show the container its own cgroup: on v2 by a namespace, on v1 its directories where programs look for
// hierarchies.
func cgroupMounts(in *Input, privileged bool) []wire.Mount {
	attr := uint64(noSUID | noExec | noDev)
	if !privileged {
		attr |= rdOnly
	}
	if len(in.CgroupMounts) == 0 {
		return []wire.Mount{{Kind: wire.MountNew, Type: "cgroup2", Source: "cgroup", Target: cgroups, Attr: attr, Optional: true}}
	}
	list := []wire.Mount{{Kind: wire.MountNew, Type: "tmpfs", Source: "cgroup", Target: cgroups, Attr: attr, Options: []string{"mode=755"}}}
	for _, m := range in.CgroupMounts {
		list = append(list, wire.Mount{Source: m.Dir, Target: cgroups + "/" + m.Names[0], Attr: attr})
	}
	return list
}

// bind is one of the container's own mounts.
func bind(m *runtimeapi.Mount) (wire.Mount, error) {
	w := wire.Mount{Source: m.GetHostPath(), Target: filepath.Clean("/" + m.GetContainerPath()), Recursive: true}
	switch {
	case m.GetContainerPath() == "" || w.Target == "/":
		return w, fmt.Errorf("a mount of %q has no usable path in the container: %q", m.GetHostPath(), m.GetContainerPath())
	case m.GetImage().GetImage() != "":
		return w, fmt.Errorf("the mount at %s is of an image, which is not implemented yet", w.Target)
	case m.GetHostPath() == "":
		return w, fmt.Errorf("the mount at %s has no path on the host", w.Target)
	}
	switch m.GetPropagation() {
	case runtimeapi.MountPropagation_PROPAGATION_PRIVATE:
		w.Propagation = unix.MS_PRIVATE
	case runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER:
		w.Propagation = unix.MS_SLAVE
	case runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL:
		w.Propagation = unix.MS_SHARED
	default:
		return w, fmt.Errorf("the mount at %s has an unknown propagation %d", w.Target, m.GetPropagation())
	}
	if m.GetReadonly() {
		w.Attr = rdOnly
	}
	if m.GetRecursiveReadOnly() {
		if !m.GetReadonly() {
			return w, fmt.Errorf("the mount at %s is recursively read-only, but not read-only", w.Target)
		}
		if w.Propagation != unix.MS_PRIVATE {
			return w, fmt.Errorf("the mount at %s is recursively read-only, so it must have private propagation", w.Target)
		}
		w.AttrBelow = true
	}
	return w, nil
}
