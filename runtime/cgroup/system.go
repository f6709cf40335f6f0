package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// System is the machine's cgroup layout.
type System struct {
	// v1 are the mounted v1 hierarchies, unified the v2 mount point ("" if there is none).
	v1      []hierarchy
	unified string
}

type hierarchy struct {
	mount       string
	controllers []string
}

// enforcing are the v1 controllers that containers are put into. The others (freezer, net_cls, a named hierarchy) limit
// and measure nothing that is asked of this package, and each would cost every start a directory.
var enforcing = []string{"cpu", "cpuacct", "cpuset", "memory", "devices", "pids", "blkio", "hugetlb"}

// Detect finds out what is mounted.
func Detect() (*System, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mount table: %w", err)
	}
	return parse(string(text))
}

func parse(mountinfo string) (*System, error) {
	s := &System{}
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		fields, fs := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(fs) < 3 {
			continue
		}
		mount := unescape(fields[4])
		switch fs[0] {
		case "cgroup2":
			if s.unified == "" {
				s.unified = mount
			}
		case "cgroup":
			h := hierarchy{mount: mount, controllers: controllers(fs[2])}
			if !slices.ContainsFunc(s.v1, func(o hierarchy) bool { return slices.Equal(o.controllers, h.controllers) }) {
				s.v1 = append(s.v1, h)
			}
		}
	}
	if s.unified == "" && len(s.v1) == 0 {
		return nil, fmt.Errorf("no cgroup hierarchy is mounted; mount cgroup2 at /sys/fs/cgroup")
	}
	return s, nil
}

// controllers picks the controllers of a hierarchy out of its mount options.
func controllers(options string) []string {
	var list []string
	for _, o := range strings.Split(options, ",") {
		switch o {
		case "rw", "ro", "xattr", "noprefix", "clone_children", "favordynmods", "nofavordynmods", "cpuset_v2_mode":
		default:
			if !strings.HasPrefix(o, "release_agent=") {
				list = append(list, o)
			}
		}
	}
	slices.Sort(list)
	return list
}

func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// V2 reports whether the machine has the pure v2 layout.
func (s *System) V2() bool { return len(s.v1) == 0 }

func (s *System) String() string {
	switch {
	case s.V2():
		return "v2"
	case s.unified != "":
		return "hybrid"
	}
	return "v1"
}

// Missing names the controllers that limits need and the kernel does not have.
func (s *System) Missing() []string {
	var missing []string
	have := ""
	if s.unified != "" {
		have = read(filepath.Join(s.unified, "cgroup.controllers"))
	}
	for _, c := range []string{"cpu", "cpuset", "memory", "pids"} {
		if s.mountOf(c) == "" && !slices.Contains(strings.Fields(have), c) {
			missing = append(missing, c)
		}
	}
	return missing
}

// mountOf is the v1 mount point of a controller, "" if it has none.
func (s *System) mountOf(controller string) string {
	for _, h := range s.v1 {
		if slices.Contains(h.controllers, controller) {
			return h.mount
		}
	}
	return ""
}

// Group names the group at path, in the hierarchies that limit and measure.
func (s *System) Group(path string) *Group {
	g := &Group{sys: s, path: filepath.Clean("/" + path)}
	for _, h := range s.v1 {
		if slices.ContainsFunc(h.controllers, func(c string) bool { return slices.Contains(enforcing, c) }) {
			g.v1 = append(g.v1, h)
		}
	}
	return g
}

// Everywhere names the group at path in every hierarchy, for processes that must be nobody else's in any of them.
func (s *System) Everywhere(path string) *Group {
	return &Group{sys: s, path: filepath.Clean("/" + path), v1: s.v1}
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
