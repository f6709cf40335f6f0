package mounts

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// Clear unmounts everything at and below dir, the deepest first.
func Clear(dir string) error {
	points, err := below(dir)
	if err != nil {
		return err
	}
	sort.Sort(sort.Reverse(sort.StringSlice(points)))
	for _, p := range points {
		if err := unix.Unmount(p, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("unmounting %s: %w", p, err)
		}
	}
	return nil
}

// At tells whether anything is mounted at dir itself. It asks the kernel's table, not the file system, which may not answer.
func At(dir string) (bool, error) {
	points, err := below(dir)
	return slices.Contains(points, dir), err
}

// below are the places at and below dir where something is mounted.
func below(dir string) ([]string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("listing what is mounted: %w", err)
	}
	defer f.Close()
	var points []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20) // overlay options are long
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		if point == dir || strings.HasPrefix(point, dir+"/") {
			points = append(points, point)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("listing what is mounted: %w", err)
	}
	return points, nil
}

// flags are the mount options that are not the file system's own.
var flags = map[string]struct{ set, clear uintptr }{
	"ro": {set: unix.MS_RDONLY}, "rw": {clear: unix.MS_RDONLY}, "nosuid": {set: unix.MS_NOSUID}, "suid": {clear: unix.MS_NOSUID},
	"nodev": {set: unix.MS_NODEV}, "dev": {clear: unix.MS_NODEV}, "noexec": {set: unix.MS_NOEXEC}, "exec": {clear: unix.MS_NOEXEC},
	"sync": {set: unix.MS_SYNCHRONOUS}, "async": {clear: unix.MS_SYNCHRONOUS}, "noatime": {set: unix.MS_NOATIME}, "atime": {clear: unix.MS_NOATIME},
	"nodiratime": {set: unix.MS_NODIRATIME}, "relatime": {set: unix.MS_RELATIME}, "strictatime": {set: unix.MS_STRICTATIME}, "defaults": {},
}

// Options splits mount options, as people write them, into the kernel's flags and what the file system reads.
func Options(options []string) (f uintptr, data string) {
	var own []string
	for _, list := range options {
		for _, o := range strings.Split(list, ",") {
			if known, ok := flags[o]; ok {
				f = f&^known.clear | known.set
			} else if o != "" {
				own = append(own, o)
			}
		}
	}
	return f, strings.Join(own, ",")
}

// Device mounts the file system on a block device at dir, unless something is there.
func Device(device, dir, format string, options []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the place of a volume: %w", err)
	}
	if mounted, err := At(dir); err != nil || mounted {
		return err
	}
	f, data := Options(options)
	if err := unix.Mount(device, dir, format, f, data); err != nil {
		return fmt.Errorf("mounting %s (%s) at %s: %w", device, format, dir, err)
	}
	return nil
}
