package stub

import (
	"strings"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

const detached = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC

// makeRoot turns the prepared root file system into this namespace's root, with everything mounted.
//
// Bind sources are cloned first, while the namespace's mounts are still peers of the host's, so that a source can keep
// its propagation; only then is the namespace cut off.
func makeRoot(spec *wire.Init, users int) *wire.Fault {
	if spec.CgroupNamespace {
		if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
			return setup("making a cgroup namespace", err)
		}
	}
	sources, f := cloneSources(spec, users)
	if f != nil {
		return f
	}
	root, err := unix.OpenTree(unix.AT_FDCWD, spec.Root, detached|unix.AT_RECURSIVE)
	if err != nil {
		return setup("opening the root file system "+spec.Root, err)
	}
	if err := propagation(unix.AT_FDCWD, "/", unix.MS_SLAVE); err != nil {
		return setup("cutting the mount namespace off", err)
	}
	if err := propagation(root, "", unix.MS_PRIVATE); err != nil {
		return setup("making the root file system private", err)
	}
	if err := unix.MoveMount(root, "", unix.AT_FDCWD, spec.Root, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return setup("attaching the root file system", err)
	}
	if f := mountAll(root, spec, sources); f != nil {
		return f
	}
	if f := protect(root, spec); f != nil {
		return f
	}
	if spec.ReadOnlyRoot {
		if err := setAttr(root, unix.MOUNT_ATTR_RDONLY, false); err != nil {
			return setup("making the root file system read-only", err)
		}
	}
	return pivot(root)
}

func cloneSources(spec *wire.Init, users int) ([]int, *wire.Fault) {
	fds := make([]int, len(spec.Mounts))
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		fds[i] = -1
		if m.Kind != wire.MountBind {
			continue
		}
		flags := uint(detached)
		if m.Recursive {
			flags |= unix.AT_RECURSIVE
		}
		fd, err := unix.OpenTree(unix.AT_FDCWD, m.Source, flags)
		if err == unix.ENOENT && m.Optional {
			continue
		}
		if err != nil {
			return nil, setup("opening "+m.Source+" to mount it at "+m.Target, err)
		}
		if m.IDMap {
			if err := mapOwners(fd, users, m.Recursive); err != nil {
				return nil, setup("mapping the owners of "+m.Source+" for the pod's user namespace, which its file system may be unable to do", err)
			}
		}
		fds[i] = fd
	}
	return fds, nil
}

func mountAll(root int, spec *wire.Init, sources []int) *wire.Fault {
	var readOnly []int
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		fd, late := sources[i], uint64(0)
		if m.Kind == wire.MountNew {
			var err error
			// A file system that later mounts need mount points in turns read-only when they are all there.
			late = m.Attr & unix.MOUNT_ATTR_RDONLY
			if fd, err = newFileSystem(m, m.Attr&^late); err != nil {
				if m.Optional && (err == unix.ENODEV || err == unix.ENOENT) {
					continue
				}
				return setup("making a "+m.Type+" for "+m.Target, err)
			}
		} else if m.Kind == wire.MountSelf {
			var err error
			if fd, err = cloneSelf(root, m.Target); err != nil {
				return setup("keeping "+m.Target+" writable", err)
			}
		} else if fd < 0 {
			continue
		}
		if f := attach(root, m, fd); f != nil {
			return f
		}
		if late != 0 {
			readOnly = append(readOnly, fd)
		} else {
			_ = unix.Close(fd)
		}
	}
	if f := populate(root, spec); f != nil {
		return f
	}
	for _, fd := range readOnly {
		if err := setAttr(fd, unix.MOUNT_ATTR_RDONLY, false); err != nil {
			return setup("making a file system read-only", err)
		}
		_ = unix.Close(fd)
	}
	return nil
}

func cloneSelf(root int, path string) (int, error) {
	at, err := mountPoint(root, path, true)
	if err != nil {
		return -1, err
	}
	defer unix.Close(at)
	return unix.OpenTree(at, "", detached|unix.AT_EMPTY_PATH)
}

func attach(root int, m *wire.Mount, fd int) *wire.Fault {
	if m.Kind == wire.MountBind {
		mode := m.Propagation
		if mode == 0 {
			mode = unix.MS_PRIVATE
		}
		if mode != unix.MS_SHARED { // a shared source's clone is a peer already
			if err := propagation(fd, "", mode); err != nil {
				return setup("setting the propagation of "+m.Target, err)
			}
		}
		if m.Attr != 0 {
			if err := setAttr(fd, m.Attr, m.AttrBelow); err != nil {
				return setup("setting the flags of "+m.Target, err)
			}
		}
	}
	target, err := -1, error(nil)
	if m.Type == "proc" || m.Type == "sysfs" {
		target, err = ordinary(root, m.Target)
	} else {
		target, err = mountPoint(root, m.Target, m.Kind == wire.MountNew || isDirectory(fd))
	}
	if err == unix.ELOOP {
		return setup("making the mount point "+m.Target+", which is a link in the image", err)
	}
	if err != nil {
		return setup("making the mount point "+m.Target, err)
	}
	err = unix.MoveMount(fd, "", target, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	_ = unix.Close(target)
	if err != nil {
		return setup("mounting "+m.Target, err)
	}
	return nil
}

func newFileSystem(m *wire.Mount, attr uint64) (int, error) {
	fs, err := unix.Fsopen(m.Type, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fs)
	source := m.Source
	if source == "" {
		source = m.Type
	}
	_ = unix.FsconfigSetString(fs, "source", source)
	for _, o := range m.Options {
		if key, value, ok := strings.Cut(o, "="); ok {
			err = unix.FsconfigSetString(fs, key, value)
		} else {
			err = unix.FsconfigSetFlag(fs, o)
		}
		if err != nil {
			return -1, err
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, err
	}
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, int(attr))
}

// populate makes the device files and links.
func populate(root int, spec *wire.Init) *wire.Fault {
	dirs := parents{root: root, fd: -1}
	defer dirs.close()
	for i := range spec.Nodes {
		n := &spec.Nodes[i]
		parent, name, err := dirs.of(n.Path)
		if err == nil {
			if err = unix.Mknodat(parent, name, n.Type|n.Mode, int(unix.Mkdev(n.Major, n.Minor))); err == nil && (n.UID|n.GID) != 0 {
				err = unix.Fchownat(parent, name, int(n.UID), int(n.GID), unix.AT_SYMLINK_NOFOLLOW)
			}
		}
		if err != nil && err != unix.EEXIST {
			return setup("making the device "+n.Path, err)
		}
	}
	for _, l := range spec.Links {
		parent, name, err := dirs.of(l.Path)
		if err == nil {
			err = unix.Symlinkat(l.Target, parent, name)
		}
		if err != nil && err != unix.EEXIST {
			return setup("making the link "+l.Path, err)
		}
	}
	return nil
}

func pivot(root int) *wire.Fault {
	if err := unix.Fchdir(root); err != nil {
		return setup("entering the root file system", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return setup("changing the root", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return setup("leaving the host's root", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return setup("entering the root", err)
	}
	return nil
}

func propagation(fd int, path string, mode uint64) error {
	return unix.MountSetattr(fd, path, unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Propagation: mode})
}

func mapOwners(fd, users int, below bool) error {
	flags := uint(unix.AT_EMPTY_PATH)
	if below {
		flags |= unix.AT_RECURSIVE
	}
	return unix.MountSetattr(fd, "", flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users)})
}

func setAttr(fd int, attr uint64, below bool) error {
	flags := uint(unix.AT_EMPTY_PATH)
	if below {
		flags |= unix.AT_RECURSIVE
	}
	return unix.MountSetattr(fd, "", flags, &unix.MountAttr{Attr_set: attr})
}
