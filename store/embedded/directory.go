package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// What a store's directory holds.
const (
	formatFile  = "FORMAT"      // says what the directory is and how it is laid out; written last
	lockFile    = "lock"        // held by the process that has the store open; holds its process id
	ballastFile = "ballast"     // room to give up when the disk is full
	engineDir   = "data"        // the engine's files
	formatTemp  = "FORMAT.temp" // formatFile while the store is being made
)

const (
	formatName    = "argosy-store"
	formatVersion = 1
)

// openDirectory makes sure that dir is a store's directory, or may become one (fresh: finishFormat must follow when the
// engine has been made), and that this process alone has it. The returned function gives it up.
func openDirectory(fs vfs.FS, dir string) (fresh bool, release func() error, err error) {
	if err := makeDir(fs, dir); err != nil {
		return false, nil, fmt.Errorf("making the store's directory: %w", err)
	}
	names, err := fs.List(dir)
	if err != nil {
		return false, nil, fmt.Errorf("reading the store's directory: %w", err)
	}
	if err := checkContents(dir, names); err != nil {
		return false, nil, err
	}
	release, err = lock(fs, dir)
	if err != nil {
		return false, nil, err
	}
	// Another process may have made the store before this one got the lock.
	if names, err = fs.List(dir); err == nil {
		fresh = !slices.Contains(names, formatFile)
		switch {
		case !fresh:
			err = checkFormat(fs, dir)
		case slices.Contains(names, formatTemp) || !slices.Contains(names, engineDir):
			err = beginFormat(fs, dir)
		default:
			err = fmt.Errorf("the store in %s is damaged: its file %s is missing; restore a backup into an empty directory", dir, formatFile)
		}
	}
	if err != nil {
		return false, nil, errors.Join(err, release())
	}
	return fresh, release, nil
}

// checkContents refuses a directory that holds somebody else's files.
func checkContents(dir string, names []string) error {
	if slices.Contains(names, formatFile) {
		return nil
	}
	harmless := []string{lockFile, formatTemp, ballastFile, engineDir, "lost+found"}
	for _, name := range names {
		if !slices.Contains(harmless, name) {
			return fmt.Errorf("%s is not a store: it holds %q, which no store has; choose another directory", dir, name)
		}
	}
	return nil
}

func checkFormat(fs vfs.FS, dir string) error {
	path := fs.PathJoin(dir, formatFile)
	f, err := fs.Open(path)
	if err != nil {
		return fmt.Errorf("reading the store's format: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return fmt.Errorf("reading the store's format: %w", err)
	}
	name, version, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if name != formatName {
		return fmt.Errorf("%s is not a store's: it reads %.40q, not %q", path, text, formatName)
	}
	n, err := strconv.Atoi(version)
	switch {
	case err != nil || n < 1:
		return fmt.Errorf("%s is damaged: it gives the format's version as %q", path, version)
	case n != formatVersion:
		return fmt.Errorf("the store in %s has format %d, and this program reads format %d: use the version of argosy that wrote it", dir, n, formatVersion)
	}
	return nil
}

// beginFormat marks that a store is being made here: whatever a crash leaves from now on is nobody's data.
func beginFormat(fs vfs.FS, dir string) error {
	err := writeSynced(fs, fs.PathJoin(dir, formatTemp), fmt.Sprintf("%s %d\n", formatName, formatVersion))
	if err == nil {
		err = syncDir(fs, dir)
	}
	if err != nil {
		return fmt.Errorf("writing the store's format: %w", err)
	}
	return nil
}

// finishFormat marks that the store is made.
func finishFormat(fs vfs.FS, dir string) error {
	err := fs.Rename(fs.PathJoin(dir, formatTemp), fs.PathJoin(dir, formatFile))
	if err == nil {
		err = syncDir(fs, dir)
	}
	if err == nil {
		// Again, for a store whose making was cut off before.
		err = syncParent(fs, dir)
	}
	if err != nil {
		return fmt.Errorf("writing the store's format: %w", err)
	}
	return nil
}

// makeDir makes dir and what leads to it, durably.
func makeDir(fs vfs.FS, dir string) error {
	if _, err := fs.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	parent := fs.PathDir(dir)
	if err := makeDir(fs, parent); err != nil {
		return err
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncParent(fs, dir)
}

// syncParent makes dir's own entry durable, as far as this process may read what it is in.
func syncParent(fs vfs.FS, dir string) error {
	if err := syncDir(fs, fs.PathDir(dir)); !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

func writeSynced(fs vfs.FS, path, text string) error {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lock takes the store for this process. Only a real disk has processes to fear; elsewhere the engine's own lock is enough.
func lock(fs vfs.FS, dir string) (release func() error, err error) {
	if vfs.Root(fs) != vfs.Default {
		return func() error { return nil }, nil
	}
	path := fs.PathJoin(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the store: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		holder, _ := io.ReadAll(io.LimitReader(f, 32))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(holder))); err == nil {
			return nil, fmt.Errorf("the store in %s is in use by process %d: stop it first", dir, pid)
		}
		return nil, fmt.Errorf("the store in %s is in use by another process: stop it first", dir)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	// A full disk must not keep anyone from reading; the process id is only for the message above.
	if err != nil && !isNoSpace(err) {
		return nil, errors.Join(fmt.Errorf("writing %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}
