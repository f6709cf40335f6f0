package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What every data directory holds beside what the rooms keep in it.
const (
	formatFile   = "format"    // formatPrefix and the number of the layout
	lockFile     = "lock"      // flock'd by the process that uses the directory, which writes its process id into it
	storeDir     = "store"     // the embedded store's own
	pkiDir       = "pki"       // keys and certificates
	networkDir   = "network"   // addresses and ports of pods
	runtimeDir   = "runtime"   // containers, and how they ended
	podsDir      = "pods"      // pods' volumes and files
	volumesDir   = "volumes"   // what provisioned volumes hold
	logsDir      = "logs"      // pods' logs
	manifestsDir = "manifests" // the node's static pods, its administrator's own
	imagesDir    = "images"    // the runtime's images, shared with the image commands

	formatPrefix = "argosy data directory, format "
	formatNumber = 1
)

// A dataDir is a data directory held by this process.
type dataDir struct {
	path string
	lock *os.File
}

// errInUse is wrapped by the error of openDataDir when another process holds the directory.
var errInUse = errors.New("in use")

// openDataDir takes a data directory for this process, making it (mode 0700) if it does not exist. It refuses, and leaves
// untouched, a directory that holds other things than Argosy's, one of a newer layout, and one that another process holds.
func openDataDir(path string) (*dataDir, error) {
	path, err := beginDataDir(path)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	return &dataDir{path: path, lock: lock}, nil
}

// beginDataDir makes a data directory if there is none, or checks the one that there is, and returns its absolute path. It
// does not hold it: that is for commands that work beside a running cluster.
func beginDataDir(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding the data directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("making the data directory: %w; name another with --data-dir", err)
	}
	if err := checkFormat(path); err != nil {
		return "", err
	}
	return path, writeFormat(path)
}

// Close gives the directory back. What is in it stays.
func (d *dataDir) Close() error { return d.lock.Close() }

func (d *dataDir) join(elem ...string) string {
	return filepath.Join(append([]string{d.path}, elem...)...)
}

// existingDataDir checks that path is a data directory of Argosy, for commands that work on what is there.
func existingDataDir(path string) error {
	if _, err := os.Stat(filepath.Join(path, formatFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no data directory of Argosy at %s; name it with --data-dir", path)
	}
	return checkFormat(path)
}

func checkFormat(path string) error {
	raw, err := os.ReadFile(filepath.Join(path, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return checkEmpty(path)
	}
	if err != nil {
		return fmt.Errorf("reading the data directory: %w", err)
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(raw)), formatPrefix)
	n, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil:
		return fmt.Errorf("%s is not Argosy's: it says %.60q; name another directory with --data-dir", filepath.Join(path, formatFile), raw)
	case n > formatNumber:
		return fmt.Errorf("the data directory %s was written by a newer Argosy (format %d, this build knows %d): use that build, or another directory", path, n, formatNumber)
	}
	return nil
}

// checkEmpty refuses a directory that anything is in but what a fresh file system or an interrupted first start leaves.
func checkEmpty(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("reading the data directory: %w", err)
	}
	for _, e := range entries {
		if e.Name() != lockFile && e.Name() != "lost+found" && !strings.HasPrefix(e.Name(), "."+formatFile+".") {
			return fmt.Errorf("%s is not a data directory of Argosy, yet holds %s: name an empty or new directory with --data-dir", path, e.Name())
		}
	}
	return nil
}

// writeFormat says whose the directory is, if nothing does yet. It is durable before anything else is written.
func writeFormat(path string) error {
	name := filepath.Join(path, formatFile)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	err := writeFile(name, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s%d\n", formatPrefix, formatNumber)
		return err
	})
	if err != nil {
		return fmt.Errorf("beginning the data directory: %w", err)
	}
	return nil
}

func takeLock(path string) (*os.File, error) {
	name := filepath.Join(path, lockFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(name)
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data directory %s is %w by process %s: stop that one, or name another directory with --data-dir", path, errInUse, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("locking %s: %w", name, err)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", name, err)
	}
	return f, nil
}
