package runtime

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/spec"
	"argosy.dev/runtime/supervisor/wire"
)

// databaseMax bounds what is read of an image's user database.
const databaseMax = 10 << 20

// userDatabase reads an image's /etc/passwd and /etc/group, as the container would: a link cannot lead out of its root.
func userDatabase(root string) (passwd, group string, err error) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", "", fmt.Errorf("opening the root file system %s: %w", root, err)
	}
	defer unix.Close(dir)
	if passwd, err = readInRoot(dir, "etc/passwd"); err != nil {
		return "", "", err
	}
	group, err = readInRoot(dir, "etc/group")
	return passwd, group, err
}

func readInRoot(root int, path string) (string, error) {
	fd, err := unix.Openat2(root, path, &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("opening the image's /%s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", err // a device or pipe holds no users
	}
	b, err := io.ReadAll(io.LimitReader(f, databaseMax+1))
	if err != nil {
		return "", fmt.Errorf("reading the image's /%s: %w", path, err)
	}
	if len(b) > databaseMax {
		return "", fmt.Errorf("the image's /%s is larger than %d bytes", path, databaseMax)
	}
	return string(b), nil
}

// makeSources makes directories of the host that are to be mounted and do not exist, as every runtime does.
func makeSources(config *runtimeapi.ContainerConfig) error {
	for _, m := range config.GetMounts() {
		path := m.GetHostPath()
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			return fmt.Errorf("making the directory %s to mount at %s: %w", path, m.GetContainerPath(), err)
		}
	}
	return nil
}

// checkPropagation refuses a propagation that the source cannot have: what is not shared on the host can pass nothing on.
func checkPropagation(config *runtimeapi.ContainerConfig) error {
	var table []mountPoint
	for _, m := range config.GetMounts() {
		mode := m.GetPropagation()
		if mode == runtimeapi.MountPropagation_PROPAGATION_PRIVATE {
			continue
		}
		if table == nil {
			table = mountTable()
		}
		path, err := filepath.EvalSymlinks(m.GetHostPath())
		if err != nil {
			return fmt.Errorf("the mount at %s: %w", m.GetContainerPath(), err)
		}
		at := covering(table, path)
		switch {
		case at.shared:
		case mode == runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL:
			return fmt.Errorf("path %q is mounted on %q but it is not a shared mount", m.GetHostPath(), at.path)
		case !at.slave:
			return fmt.Errorf("path %q is mounted on %q but it is not a shared or slave mount", m.GetHostPath(), at.path)
		}
	}
	return nil
}

type mountPoint struct {
	path          string
	shared, slave bool
}

func mountTable() []mountPoint {
	var table []mountPoint
	for line := range strings.Lines(readFile("/proc/self/mountinfo")) {
		before, _, _ := strings.Cut(line, " - ")
		f := strings.Fields(before)
		if len(f) < 6 {
			continue
		}
		p := mountPoint{path: strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(f[4])}
		for _, tag := range f[6:] {
			p.shared = p.shared || strings.HasPrefix(tag, "shared:")
			p.slave = p.slave || strings.HasPrefix(tag, "master:")
		}
		table = append(table, p)
	}
	return table
}

// covering is the mount that a path lies on: the longest, and of several at one place the last.
func covering(table []mountPoint, path string) mountPoint {
	var best mountPoint
	for _, p := range table {
		if p.path == "/" || p.path == path || strings.HasPrefix(path, p.path+"/") {
			if len(p.path) >= len(best.path) {
				best = p
			}
		}
	}
	return best
}

// hostDevices finds the devices that a container is to have: all of the host's if it is privileged, else the named ones.
// A named directory stands for the devices in it.
func hostDevices(config *runtimeapi.ContainerConfig) ([]spec.Device, error) {
	var list []spec.Device
	if config.GetLinux().GetSecurityContext().GetPrivileged() {
		return devicesBelow("/dev", "/dev", "rwm")
	}
	for _, d := range config.GetDevices() {
		path, err := filepath.EvalSymlinks(d.GetHostPath())
		if err != nil {
			return nil, fmt.Errorf("the device %s: %w", d.GetHostPath(), err)
		}
		found, err := devicesBelow(path, d.GetContainerPath(), d.GetPermissions())
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s is no device and has none in it", d.GetHostPath())
		}
		list = append(list, found...)
	}
	return list, nil
}

func devicesBelow(from, to, access string) ([]spec.Device, error) {
	var list []spec.Device
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // devices come and go
			}
			return err
		}
		if e.IsDir() {
			switch path {
			case "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/.lxc", "/dev/.lxd-mounts", "/dev/.udev":
				return fs.SkipDir
			}
			return nil
		}
		if e.Type()&fs.ModeDevice == 0 || path == "/dev/console" && from == "/dev" {
			return nil
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return nil // gone meanwhile
		}
		list = append(list, spec.Device{
			Node: wire.Node{
				Path: to + strings.TrimPrefix(path, from), Type: st.Mode & unix.S_IFMT, Mode: st.Mode & 0o7777,
				Major: unix.Major(st.Rdev), Minor: unix.Minor(st.Rdev), UID: st.Uid, GID: st.Gid,
			},
			Access: access,
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for devices in %s: %w", from, err)
	}
	return list, nil
}
