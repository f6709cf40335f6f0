package sized

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"argosy.dev/volume/mounts"
)

// isUp tells whether the volume is mounted, or its device there.
func (r record) isUp(dir string) (bool, error) {
	switch {
	case r.Format == btrfsQuota:
		return true, nil
	case r.Block:
		device, err := loopOf(filepath.Join(dir, imageFile))
		return device != "", err
	}
	return mounts.At(filepath.Join(dir, mountDir))
}

// up makes the volume usable, if it is not yet, and returns where it is.
func (r record) up(dir string, options []string) (string, error) {
	image, at := filepath.Join(dir, imageFile), filepath.Join(dir, mountDir)
	if r.Block {
		device, err := loopOf(image)
		if err != nil || device != "" {
			return device, err
		}
		f, device, err := attach(image, 0)
		if err != nil {
			return "", err
		}
		return device, f.Close()
	}
	if up, err := r.isUp(dir); err != nil || up {
		return at, err
	}
	if err := os.MkdirAll(at, 0o755); err != nil {
		return "", fmt.Errorf("making the place of the volume: %w", err)
	}
	// The device goes by itself when the last that holds it is gone: first this process, then the mount.
	f, device, err := attach(image, unix.LO_FLAGS_AUTOCLEAR)
	if err != nil {
		return "", err
	}
	defer f.Close()
	flags, data := mounts.Options(options)
	if err := unix.Mount(device, at, r.Format, flags, data); err != nil {
		return "", fmt.Errorf("mounting %s (%s) at %s: %w", device, r.Format, at, err)
	}
	return at, nil
}

// down unmounts a volume and frees its device. What is not up stays so.
func down(dir string) error {
	if err := mounts.Clear(filepath.Join(dir, mountDir)); err != nil {
		return err
	}
	device, err := loopOf(filepath.Join(dir, imageFile))
	if err != nil || device == "" {
		return err
	}
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("freeing %s: %w", device, err)
	}
	defer f.Close()
	// A device that a container still holds goes with that.
	if err := unix.IoctlSetInt(int(f.Fd()), unix.LOOP_CLR_FD, 0); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("freeing %s: %w", device, err)
	}
	return nil
}

// grow makes the volume larger, also under what is mounted.
func (r record) grow(ctx context.Context, dir string, size int64) error {
	if r.Format == btrfsQuota {
		return limitSubvolume(ctx, filepath.Join(dir, mountDir), size)
	}
	image := filepath.Join(dir, imageFile)
	if err := allocate(image, size); err != nil {
		return err
	}
	device, err := loopOf(image)
	if err != nil || device == "" {
		return err
	}
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("growing %s: %w", device, err)
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), unix.LOOP_SET_CAPACITY, 0); err != nil {
		return fmt.Errorf("growing %s: %w", device, err)
	}
	return nil
}

// settle lets the file system of a volume that is up take the room that it has.
func (r record) settle(ctx context.Context, dir string) error {
	switch {
	case r.Block, r.Format == btrfsQuota:
		return nil
	case r.Format == "ext4":
		device, err := loopOf(filepath.Join(dir, imageFile))
		if err != nil {
			return err
		}
		if err := available("resize2fs", "e2fsprogs"); err != nil {
			return err
		}
		return run(ctx, []string{"resize2fs"}, device)
	}
	if err := available("xfs_growfs", "xfsprogs"); err != nil {
		return err
	}
	return run(ctx, []string{"xfs_growfs"}, filepath.Join(dir, mountDir))
}

// attach makes a disk of an image. The file must be held until the device is mounted, where it goes by itself.
func attach(image string, flags uint32) (f *os.File, device string, err error) {
	backing, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return nil, "", fmt.Errorf("opening the volume's image: %w", err)
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, "", fmt.Errorf("asking for a loop device, which this kernel or container may not have: %w", err)
	}
	defer control.Close()
	for range 64 {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, "", fmt.Errorf("asking for a loop device: %w", err)
		}
		device = fmt.Sprintf("/dev/loop%d", n)
		f, err := os.OpenFile(device, os.O_RDWR, 0)
		if err != nil {
			return nil, "", fmt.Errorf("opening a loop device: %w", err)
		}
		config := unix.LoopConfig{Fd: uint32(backing.Fd())}
		config.Info.Flags = flags
		copy(config.Info.File_name[:], image[max(0, len(image)-63):])
		err = unix.IoctlLoopConfigure(int(f.Fd()), &config)
		if err == nil {
			return f, device, nil
		}
		f.Close()
		if !errors.Is(err, unix.EBUSY) {
			return nil, "", fmt.Errorf("making %s of the volume's image: %w", device, err)
		}
		// somebody else was faster
	}
	return nil, "", errors.New("no loop device is free")
}

// loopOf finds the device of an image; "" where it has none.
func loopOf(image string) (string, error) {
	found, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return "", fmt.Errorf("looking for the volume's device: %w", err)
	}
	if real, err := filepath.EvalSymlinks(image); err == nil {
		image = real
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it went meanwhile
		}
		if strings.TrimSuffix(strings.TrimSpace(string(data)), " (deleted)") == image {
			return "/dev/" + filepath.Base(filepath.Dir(filepath.Dir(path))), nil
		}
	}
	return "", nil
}
