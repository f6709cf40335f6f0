package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// overlay is one mount: lower directories topmost first.
type overlay struct {
	lower       []string
	upper, work string
	target      string
}

// mounter remembers what the kernel turned out not to have.
type mounter struct {
	classic atomic.Bool // no mount API that takes layers one at a time
}

// fsconfigLimit is the longest value that fsconfig takes, with its end.
const fsconfigLimit = 256

var errNoAppend = errors.New("the kernel does not take layers one at a time")

func (m *mounter) mount(o overlay) error {
	if !m.classic.Load() && o.fits() {
		err := mountNew(o)
		if !errors.Is(err, errNoAppend) {
			return explain(err)
		}
		m.classic.Store(true)
	}
	return explain(mountClassic(o))
}

func (o overlay) fits() bool {
	for _, path := range append([]string{o.upper, o.work}, o.lower...) {
		if len(path) >= fsconfigLimit {
			return false
		}
	}
	return true
}

// mountNew uses fsopen, fsconfig and move_mount.
func mountNew(o overlay) error {
	fd, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if errors.Is(err, unix.ENOSYS) {
		return errNoAppend
	}
	if err != nil {
		return fmt.Errorf("opening overlayfs: %w", err)
	}
	defer unix.Close(fd)
	for _, layer := range o.lower {
		err := unix.FsconfigSetString(fd, "lowerdir+", layer)
		if errors.Is(err, unix.EINVAL) && layer == o.lower[0] {
			return errNoAppend
		}
		if err != nil {
			return kernelSays(fd, fmt.Errorf("adding layer %s: %w", layer, err))
		}
	}
	for _, option := range [][2]string{{"upperdir", o.upper}, {"workdir", o.work}, {"index", "off"}} {
		if err := unix.FsconfigSetString(fd, option[0], option[1]); err != nil {
			return kernelSays(fd, fmt.Errorf("setting %s: %w", option[0], err))
		}
	}
	if err := unix.FsconfigSetFlag(fd, "volatile"); err != nil {
		return kernelSays(fd, fmt.Errorf("setting volatile: %w", err))
	}
	if err := unix.FsconfigCreate(fd); err != nil {
		return kernelSays(fd, err)
	}
	mfd, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return kernelSays(fd, err)
	}
	defer unix.Close(mfd)
	if err := unix.MoveMount(mfd, "", unix.AT_FDCWD, o.target, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mounting at %s: %w", o.target, err)
	}
	return nil
}

// kernelSays adds the reason that the kernel left in the file system's descriptor.
func kernelSays(fd int, err error) error {
	var buffer [512]byte
	n, e := unix.Read(fd, buffer[:])
	if e != nil || n <= 2 {
		return err
	}
	// "e " for an error, "w " for a warning, "i " for information.
	return fmt.Errorf("%w (%s)", err, bytes.TrimSpace(buffer[2:n]))
}

// mountClassic uses mount(2), whose options must fit a page: layers go by descriptor.
func mountClassic(o overlay) error {
	var lower []string
	for _, layer := range o.lower {
		fd, err := unix.Open(layer, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("opening layer %s: %w", layer, err)
		}
		defer unix.Close(fd)
		lower = append(lower, "/proc/self/fd/"+strconv.Itoa(fd))
	}
	options := "lowerdir=" + strings.Join(lower, ":") + ",upperdir=" + escape(o.upper) + ",workdir=" + escape(o.work) + ",index=off"
	if len(options)+len(",volatile") >= os.Getpagesize() {
		return fmt.Errorf("%d layers are more than this kernel can mount", len(o.lower))
	}
	err := unix.Mount("overlay", o.target, "overlay", 0, options+",volatile")
	if errors.Is(err, unix.EINVAL) {
		err = unix.Mount("overlay", o.target, "overlay", 0, options) // before Linux 5.10
	}
	if err != nil {
		return fmt.Errorf("mounting at %s: %w", o.target, err)
	}
	return nil
}

// escape protects what overlayfs takes for separators.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `:`, `\:`).Replace(path)
}

// explain says what is missing when mounting is not possible at all.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: mounting needs root (CAP_SYS_ADMIN): %w", ErrUnsupported, err)
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("%w: the kernel has no overlayfs (CONFIG_OVERLAY_FS; try \"modprobe overlay\"): %w", ErrUnsupported, err)
	}
	return err
}

// mounted tells whether something is mounted at path: it is on another device than its parent.
func mounted(path string) bool {
	var st, parent unix.Stat_t
	return unix.Lstat(path, &st) == nil && unix.Lstat(filepath.Dir(path), &parent) == nil && st.Dev != parent.Dev
}

// unmount takes away whatever is mounted at path, however often; nothing mounted, or no such path, is no error.
func unmount(path string) error {
	for {
		err := unix.Unmount(path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
		switch {
		case err == nil:
			continue
		case errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR):
			return nil
		case errors.Is(err, unix.EPERM) && !mounted(path):
			return nil // not root, and nothing to do
		}
		return fmt.Errorf("unmounting %s: %w", path, err)
	}
}
