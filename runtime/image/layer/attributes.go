package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const xattrRecord = "SCHILY.xattr."

func permissions(header *tar.Header) uint32 { return uint32(header.Mode & 0o7777) }

// setAttributes sets owner, mode and extended attributes, in this order: a change of owner clears setuid and capabilities.
func setAttributes(fd int, header *tar.Header) error {
	uid, gid, err := owner(header)
	if err != nil {
		return err
	}
	if err := unix.Fchown(fd, uid, gid); err != nil {
		return fmt.Errorf("setting its owner to %d:%d: %w", uid, gid, err)
	}
	if err := unix.Fchmod(fd, permissions(header)); err != nil {
		return fmt.Errorf("setting its mode: %w", err)
	}
	for record, value := range header.PAXRecords {
		name, ok := strings.CutPrefix(record, xattrRecord)
		if !ok || !keepXattr(name) {
			continue
		}
		if err := setXattr(fd, name, []byte(value)); err != nil {
			return err
		}
	}
	return nil
}

func chownAt(parent int, base string, header *tar.Header) error {
	uid, gid, err := owner(header)
	if err != nil {
		return err
	}
	if err := unix.Fchownat(parent, base, uid, gid, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("setting its owner to %d:%d: %w", uid, gid, err)
	}
	return nil
}

// owner refuses -1 in all its forms: the kernel takes it for "as it is".
func owner(header *tar.Header) (uid, gid int, err error) {
	const limit = 1<<32 - 1
	if header.Uid < 0 || header.Uid >= limit || header.Gid < 0 || header.Gid >= limit {
		return 0, 0, fmt.Errorf("%w: no such owner can be: %d:%d", ErrInvalid, header.Uid, header.Gid)
	}
	return header.Uid, header.Gid, nil
}

// keepXattr tells which attributes an image may have.
func keepXattr(name string) bool {
	switch name {
	case "security.capability", "system.posix_acl_access", "system.posix_acl_default":
		return true
	}
	return strings.HasPrefix(name, "user.") && !strings.HasPrefix(name, "user.overlay.")
}

func setXattr(fd int, name string, value []byte) error {
	err := unix.Fsetxattr(fd, name, value, 0)
	if errors.Is(err, unix.ENOTSUP) && name != "security.capability" {
		return nil // the file system has none of these; programs do without
	}
	if err != nil {
		return fmt.Errorf("setting its attribute %s: %w", shorten(name), err)
	}
	return nil
}

// setTime sets the time of change. One that no file system keeps becomes the epoch.
func setTime(parent int, base string, at time.Time) error {
	if at.Unix() < -1<<31 || at.Unix() >= 1<<34 {
		at = time.Unix(0, 0)
	}
	ts, err := unix.TimeToTimespec(at)
	if err != nil {
		ts = unix.Timespec{}
	}
	return unix.UtimesNanoAt(parent, base, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
}

// copyAttributes gives a file the owner, mode and kept extended attributes of another.
func copyAttributes(from, to int) error {
	var st unix.Stat_t
	if err := unix.Fstat(from, &st); err != nil {
		return err
	}
	if err := unix.Fchown(to, int(st.Uid), int(st.Gid)); err != nil {
		return err
	}
	if err := unix.Fchmod(to, st.Mode&0o7777); err != nil {
		return err
	}
	names := make([]byte, 64<<10) // the kernel's own limit
	n, err := unix.Flistxattr(from, names)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names[:n]), "\x00"), "\x00") {
		if name == "" || !keepXattr(name) {
			continue
		}
		value := make([]byte, 64<<10)
		n, err := unix.Fgetxattr(from, name, value)
		if err != nil {
			return err
		}
		if err := setXattr(to, name, value[:n]); err != nil {
			return err
		}
	}
	return nil
}
