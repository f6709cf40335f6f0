package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Size is what a tree takes of its file system.
type Size struct {
	// Bytes counts allocated blocks, as du does; a file with many names counts once.
	Bytes int64 `json:"bytes"`
	// Inodes counts files, directories, links and whiteouts, the tree's own directory included.
	Inodes int64 `json:"inodes"`
}

// Add returns the sum.
func (s Size) Add(other Size) Size {
	return Size{Bytes: s.Bytes + other.Bytes, Inodes: s.Inodes + other.Inodes}
}

// Usage measures the tree at path. What vanishes meanwhile is not counted. Directories more than 200 levels deep are counted,
// their contents are not.
func Usage(ctx context.Context, path string) (Size, error) {
	fd, err := unix.Open(path, openDirectory, 0)
	if err != nil {
		return Size{}, fmt.Errorf("measuring %s: %w", path, err)
	}
	root := os.NewFile(uintptr(fd), path)
	defer root.Close()
	m := meter{seen: map[inode]struct{}{}}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Size{}, fmt.Errorf("measuring %s: %w", path, err)
	}
	m.count(&st)
	if err := m.walk(ctx, root, 0); err != nil {
		return Size{}, fmt.Errorf("measuring %s: %w", path, err)
	}
	return m.size, nil
}

type inode struct{ dev, ino uint64 }

type meter struct {
	size Size
	seen map[inode]struct{}
}

func (m *meter) count(st *unix.Stat_t) {
	if st.Mode&unix.S_IFMT != unix.S_IFDIR && st.Nlink > 1 {
		id := inode{uint64(st.Dev), st.Ino}
		if _, again := m.seen[id]; again {
			return
		}
		m.seen[id] = struct{}{}
	}
	m.size.Bytes += st.Blocks * 512
	m.size.Inodes++
}

func (m *meter) walk(ctx context.Context, dir *os.File, depth int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		names, err := dir.Readdirnames(512)
		for _, name := range names {
			if err := m.entry(ctx, dir, name, depth); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, unix.ENOENT) { // at its end, or removed by someone else
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (m *meter) entry(ctx context.Context, dir *os.File, name string, depth int) error {
	var st unix.Stat_t
	err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m.count(&st)
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || depth >= depthLimit {
		return nil
	}
	sub, err := openBelow(int(dir.Fd()), name)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EXDEV) || errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return nil // gone, a mount point, or replaced meanwhile
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer sub.Close()
	return m.walk(ctx, sub, depth+1)
}
