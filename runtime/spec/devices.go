package spec

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/supervisor/wire"
)

// usualNodes are the device files that every container has.
var usualNodes = []wire.Node{
	{Path: "/dev/null", Major: 1, Minor: 3}, {Path: "/dev/zero", Major: 1, Minor: 5}, {Path: "/dev/full", Major: 1, Minor: 7},
	{Path: "/dev/random", Major: 1, Minor: 8}, {Path: "/dev/urandom", Major: 1, Minor: 9}, {Path: "/dev/tty", Major: 5, Minor: 0},
}

// usualAccess is what every container may open: its usual nodes, its terminals, and any node may be made, for what
// counts is opening it.
var usualAccess = []cgroup.Device{
	{Type: 'c', Major: -1, Minor: -1, Access: "m"}, {Type: 'b', Major: -1, Minor: -1, Access: "m"},
	{Type: 'c', Major: 1, Minor: 3, Access: "rwm"}, {Type: 'c', Major: 1, Minor: 5, Access: "rwm"},
	{Type: 'c', Major: 1, Minor: 7, Access: "rwm"}, {Type: 'c', Major: 1, Minor: 8, Access: "rwm"},
	{Type: 'c', Major: 1, Minor: 9, Access: "rwm"}, {Type: 'c', Major: 5, Minor: 0, Access: "rwm"},
	{Type: 'c', Major: 5, Minor: 2, Access: "rwm"}, {Type: 'c', Major: 136, Minor: -1, Access: "rwm"},
}

// ownDev reports whether the container has a /dev of its own, not one that it mounts.
func ownDev(in *Input) bool {
	return !slices.ContainsFunc(in.Config.GetMounts(), func(m *runtimeapi.Mount) bool {
		return filepath.Clean("/"+m.GetContainerPath()) == "/dev"
	})
}

func nodes(in *Input) []wire.Node {
	if !ownDev(in) {
		return nil
	}
	var list []wire.Node
	for _, n := range usualNodes {
		n.Type, n.Mode = unix.S_IFCHR, 0o666
		list = append(list, n)
	}
	for _, d := range in.Devices {
		if i := slices.IndexFunc(list, func(n wire.Node) bool { return n.Path == d.Path }); i >= 0 {
			list[i] = d.Node
			continue
		}
		list = append(list, d.Node)
	}
	return list
}

func links(in *Input) []wire.Link {
	var list []wire.Link
	if ownDev(in) {
		list = []wire.Link{
			{Path: "/dev/fd", Target: "/proc/self/fd"}, {Path: "/dev/stdin", Target: "/proc/self/fd/0"},
			{Path: "/dev/stdout", Target: "/proc/self/fd/1"}, {Path: "/dev/stderr", Target: "/proc/self/fd/2"},
			{Path: "/dev/ptmx", Target: "pts/ptmx"}, {Path: "/dev/core", Target: "/proc/kcore"},
		}
	}
	for _, m := range in.CgroupMounts {
		for _, name := range m.Names[1:] {
			list = append(list, wire.Link{Path: cgroups + "/" + name, Target: m.Names[0]})
		}
	}
	return list
}

// allowed lists what the cgroup lets through; nil is everything.
func allowed(in *Input) []cgroup.Device {
	if security(in.Config).GetPrivileged() {
		return nil
	}
	list := slices.Clone(usualAccess)
	for _, d := range in.Devices {
		c := cgroup.Device{Type: 'c', Major: int64(d.Major), Minor: int64(d.Minor), Access: d.Access}
		switch d.Type {
		case unix.S_IFBLK:
			c.Type = 'b'
		case unix.S_IFCHR:
		default:
			continue
		}
		list = append(list, c)
	}
	return list
}
