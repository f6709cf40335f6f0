package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Group is one path in the hierarchies. It need not exist.
type Group struct {
	sys  *System
	path string
	v1   []hierarchy
}

// Path is the group's path from the root of every hierarchy.
func (g *Group) Path() string { return g.path }

// Child names the group below g.
func (g *Group) Child(name string) *Group {
	return &Group{sys: g.sys, path: filepath.Join(g.path, name), v1: g.v1}
}

// Children lists the names of the groups right below g, in any hierarchy.
func (g *Group) Children() []string {
	var names []string
	for _, dir := range g.dirs() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.IsDir() && !slices.Contains(names, e.Name()) {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

// Parent names the group above g.
func (g *Group) Parent() *Group {
	return &Group{sys: g.sys, path: filepath.Dir(g.path), v1: g.v1}
}

// Root reports whether g is the root, which nobody may limit or remove.
func (g *Group) Root() bool { return g.path == "/" }

// dirs are the group's directories, v2 last.
func (g *Group) dirs() []string {
	dirs := make([]string, 0, len(g.v1)+1)
	for _, h := range g.v1 {
		dirs = append(dirs, h.mount+g.path)
	}
	if g.sys.unified != "" {
		dirs = append(dirs, g.sys.unified+g.path)
	}
	return dirs
}

// dir is the directory that controls what the controller does: its v1 hierarchy's if there is one, else the v2 one's.
func (g *Group) dir(controller string) string {
	for _, h := range g.v1 {
		if slices.Contains(h.controllers, controller) {
			return h.mount + g.path
		}
	}
	return g.V2Dir()
}

// V2Dir is the group's directory in the v2 hierarchy, "" if none is mounted.
func (g *Group) V2Dir() string {
	if g.sys.unified == "" {
		return ""
	}
	return g.sys.unified + g.path
}

// TaskFiles are the files that a thread writes "0" to in order to be in the group's v1 hierarchies.
func (g *Group) TaskFiles() []string {
	files := make([]string, len(g.v1))
	for i, h := range g.v1 {
		files[i] = h.mount + g.path + "/tasks"
	}
	return files
}

// OOMFile is the file whose line "oom_kill N" counts the processes that the kernel killed for want of memory.
func (g *Group) OOMFile() string {
	if g.sys.mountOf("memory") != "" {
		return g.dir("memory") + "/memory.oom_control"
	}
	return g.V2Dir() + "/memory.events"
}

// Mount is one directory of a group, to be shown inside a container.
type Mount struct {
	// Names are the controllers: the first one's directory below /sys/fs/cgroup is the mount, the others are links.
	Names []string
	Dir   string
}

// V1Mounts lists the group's v1 directories, for containers to read their limits from. On pure v2 there are none.
func (g *Group) V1Mounts() []Mount {
	var list []Mount
	for _, h := range g.v1 {
		list = append(list, Mount{Names: append([]string{filepath.Base(h.mount)}, without(h.controllers, filepath.Base(h.mount))...), Dir: h.mount + g.path})
	}
	return list
}

func without(list []string, drop string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == drop })
}

// Exists reports whether the group is there, in any hierarchy.
func (g *Group) Exists() bool {
	return slices.ContainsFunc(g.dirs(), func(d string) bool { return unix.Access(d, unix.F_OK) == nil })
}

// Create makes the group and what is missing above it.
func (g *Group) Create() error {
	for _, h := range g.v1 {
		if err := makeV1(h, g.path); err != nil {
			return fmt.Errorf("making the cgroup %s: %w", h.mount+g.path, err)
		}
	}
	if g.sys.unified != "" {
		if err := g.sys.makeV2(g.path); err != nil {
			return fmt.Errorf("making the cgroup %s: %w", g.V2Dir(), err)
		}
	}
	return nil
}

func makeV1(h hierarchy, path string) error {
	dir := h.mount + path
	err := unix.Mkdir(dir, 0o755)
	switch {
	case err == unix.EEXIST:
		// Whoever made it may have been killed before it was of use.
	case err == unix.ENOENT && path != "/":
		if err := makeV1(h, filepath.Dir(path)); err != nil {
			return err
		}
		return makeV1(h, path)
	case err != nil:
		return err
	}
	if slices.Contains(h.controllers, "cpuset") {
		return inheritCPUSet(h.mount, path)
	}
	return nil
}

// inheritCPUSet gives a v1 cpuset that has none its parent's processors and memory nodes, without which nothing can be in it,
// and makes the kernel do so below. So it does first above, where they are missing too.
func inheritCPUSet(mount, path string) error {
	dir := mount + path
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		if read(filepath.Join(dir, file)) != "" {
			continue
		}
		above := filepath.Dir(path)
		if path != "/" && read(filepath.Join(mount+above, file)) == "" {
			if err := inheritCPUSet(mount, above); err != nil {
				return err
			}
		}
		if err := write(dir, file, read(filepath.Join(mount+above, file))); err != nil {
			return err
		}
	}
	return write(dir, "cgroup.clone_children", "1")
}

// makeV2 makes the group and, on pure v2, hands the controllers down to it. On the hybrid layout they belong to v1.
func (s *System) makeV2(path string) error {
	dir := s.unified + path
	err := unix.Mkdir(dir, 0o755)
	if err == unix.ENOENT && path != "/" {
		if err := s.makeV2(filepath.Dir(path)); err != nil {
			return err
		}
		err = unix.Mkdir(dir, 0o755)
	}
	if err == unix.EEXIST {
		return nil
	}
	if err != nil {
		return err
	}
	if s.V2() {
		return s.handDown(filepath.Dir(path))
	}
	return nil
}

func (s *System) handDown(path string) error {
	dir := s.unified + path
	for _, c := range []string{"cpu", "cpuset", "memory", "pids", "io", "hugetlb"} {
		// A controller that the kernel lacks is reported once by Missing, not at every start.
		if err := write(dir, "cgroup.subtree_control", "+"+c); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// JoinThread puts the calling thread, and nothing else, into the group's v1 hierarchies. What it forks is born there.
func (g *Group) JoinThread() error {
	for _, file := range g.TaskFiles() {
		if err := write(filepath.Dir(file), "tasks", "0"); err != nil {
			return fmt.Errorf("joining a cgroup: %w", err)
		}
	}
	return nil
}

func write(dir, file, text string) error {
	path := dir + "/" + file
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for {
		_, err = unix.Write(fd, []byte(text))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return &fs.PathError{Op: "write " + text + " to", Path: path, Err: err}
		}
		return nil
	}
}

func missing(err error) bool { return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) }
