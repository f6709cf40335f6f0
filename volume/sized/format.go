package sized

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// toolTimeout is how long a tool may take: making a file system writes little, however large it is.
const toolTimeout = 2 * time.Minute

// format is a kind of file system on an image.
type format struct {
	name string
	// least is the smallest size that it has.
	least int64
	// make and grow are the tools: their names, arguments before the place, and the packages that have them.
	make, grow []string
	packages   string
}

// formats are those to choose from, the best first.
var formats = []format{
	// Grows while it is mounted, without a capability that agents may lack. Its tools refuse less than 300 MiB.
	{name: "xfs", least: 300 << 20, make: []string{"mkfs.xfs", "-q", "-f"}, grow: []string{"xfs_growfs"}, packages: "xfsprogs"},
	{name: "ext4", least: 1 << 20, make: []string{"mkfs.ext4", "-q", "-F", "-m", "0"}, packages: "e2fsprogs"},
}

// formatOf finds a file system by name; "" is the best.
func formatOf(name string) (format, error) {
	for _, f := range formats {
		if f.name == name || name == "" {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("volumes are made with xfs or ext4, not with %q", name)
}

// create makes what is in a volume's directory.
func create(ctx context.Context, dir string, spec Spec) (record, error) {
	r := record{Size: spec.Size, Settled: spec.Size, Block: spec.Block}
	if !spec.Block && spec.Format == "" && isBtrfs(dir) {
		r.Format = btrfsQuota
		return r, createSubvolume(ctx, filepath.Join(dir, mountDir), spec.Size)
	}
	image := filepath.Join(dir, imageFile)
	if spec.Block {
		return r, allocate(image, r.Size)
	}
	f, err := formatOf(spec.Format)
	if err != nil {
		return r, err
	}
	r.Format = f.name
	r.Size = max(r.Size, f.least)
	r.Settled = r.Size
	if err := available(f.make[0], f.packages); err != nil {
		return r, err
	}
	if err := allocate(image, r.Size); err != nil {
		return r, err
	}
	if err := run(ctx, f.make, image); err != nil {
		return r, err
	}
	// A new file system is everybody's: which group owns it, the pod says.
	return r, os.MkdirAll(filepath.Join(dir, mountDir), 0o755)
}

// available says which package is missing.
func available(tool, packages string) error {
	if _, err := find(tool); err != nil {
		return fmt.Errorf("%s is not on this node: install the package %s", tool, packages)
	}
	return nil
}

// find looks where administrators' tools are also where the path does not.
func find(tool string) (string, error) {
	path, err := exec.LookPath(tool)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, tool)); err == nil {
			return path, nil
		}
	}
	return "", err
}

// allocate makes a file of that size, or a larger one of a smaller, and keeps the room for it: a volume that was promised can be filled.
func allocate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the volume's image: %w", err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return fmt.Errorf("making the volume's image: %w", err)
	}
	err = unix.Fallocate(int(f.Fd()), 0, before.Size(), size-before.Size())
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = f.Truncate(size)
	}
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EFBIG), errors.Is(err, unix.EDQUOT):
		return errors.Join(fmt.Errorf("%d bytes for the volume: %w", size, ErrNoSpace), f.Truncate(before.Size()))
	case err != nil:
		return errors.Join(fmt.Errorf("keeping %d bytes for the volume: %w", size, err), f.Truncate(before.Size()))
	}
	return f.Sync()
}

// run runs a tool on a place. What it says is in the error.
func run(ctx context.Context, command []string, place ...string) error {
	path, err := find(command[0])
	if err != nil {
		return fmt.Errorf("%s is not on this node", command[0])
	}
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	var said bytes.Buffer
	c := exec.CommandContext(ctx, path, append(append([]string(nil), command[1:]...), place...)...)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", command[0], err, strings.TrimSpace(said.String()))
	}
	return nil
}
