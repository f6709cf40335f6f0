package certificates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"argosy.dev/access/atomicfile"
)

const (
	privateMode = fs.FileMode(0o600)
	publicMode  = fs.FileMode(0o644)
)

// Advice in errors.
const (
	startOver = "move the whole directory away to start with new keys (every credential issued so far stops working)"
	restore   = "put it back from a backup, or " + startOver
)

// directory is the folder on disk; nothing in it is readable for others. What is written is collected until commit.
type directory struct {
	root    string
	pending []atomicfile.File
}

// openDirectory makes the folder if need be, closes it to others and clears what an interrupted write left.
func openDirectory(path string) (*directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory for keys: %w; move away what is in the way, run as the owner of the data directory, or choose another", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking at the directory for keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o700); err != nil {
			return nil, fmt.Errorf("closing %s to other users: %w; run as its owner", path, err)
		}
	}
	if err := atomicfile.RemoveUnfinished(path); err != nil {
		return nil, fmt.Errorf("%w; run as the owner of the data directory", err)
	}
	return &directory{root: path}, nil
}

func (d *directory) path(name string) string { return filepath.Join(d.root, name) }

// read returns nil for a file that is missing or empty: an empty one is what power loss leaves of a file never finished.
// A private file that others could read is closed to them.
func (d *directory) read(name string, mode fs.FileMode) ([]byte, error) {
	path := d.path(name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a key or certificate: %w; run as the owner of the data directory", err)
	}
	const limit = 1 << 20
	switch {
	case !info.Mode().IsRegular():
		return nil, wrong(path, "move it away", errors.New("not a file"))
	case info.Size() > limit:
		return nil, wrong(path, "move it away", errors.New("too large for a key or certificate"))
	case mode == privateMode && info.Mode().Perm()&^mode != 0:
		if err := os.Chmod(path, mode); err != nil {
			return nil, fmt.Errorf("closing a private key to other users: %w; run as the owner of the data directory", err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a key or certificate: %w; run as the owner of the data directory", err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return data, nil
}

// write adds a file to what the next commit writes.
func (d *directory) write(name string, data []byte, mode fs.FileMode) {
	d.pending = append(d.pending, atomicfile.File{Path: d.path(name), Data: data, Mode: mode})
}

// commit puts on disk what was written since the last one, in that order. What it fails to put there is forgotten.
func (d *directory) commit() error {
	files := d.pending
	d.pending = nil
	return atomicfile.Write(files...)
}
