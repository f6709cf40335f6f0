package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"argosy.dev/store/embedded"
	"golang.org/x/sys/unix"
)

// StoreRestore says which backup becomes the state of which data directory.
type StoreRestore struct {
	// DataDir is begun if there is none. No process may hold it.
	DataDir string
	// File is the backup; "-" is in.
	File string
	// Replace puts a state that is there already aside, instead of refusing.
	Replace bool
}

// RestoreStore makes the objects in a backup the state of a stopped cluster. Whatever goes wrong, the data directory holds
// either the state that it had or the restored one, whole.
func RestoreStore(ctx context.Context, r StoreRestore, in io.Reader, out io.Writer) error {
	if r.File != "-" {
		f, err := os.Open(r.File)
		if err != nil {
			return fmt.Errorf("opening the backup: %w", err)
		}
		defer f.Close()
		in = f
	}
	dir, err := openDataDir(r.DataDir)
	if err != nil {
		return err
	}
	defer dir.Close()

	path := dir.join(storeDir)
	occupied, err := holdsAny(path)
	if err != nil {
		return fmt.Errorf("looking for a state that is there already: %w", err)
	}
	if occupied && !r.Replace {
		return fmt.Errorf("%s holds a state already: --replace puts it aside, or name another directory with --data-dir", path)
	}
	if !occupied {
		rev, err := embedded.Restore(ctx, path, in)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "restored into %s; it goes on at revision %d\n", path, rev)
		return err
	}

	// Made beside the old state first, so that a broken backup costs nothing.
	fresh := path + ".restored"
	if err := os.RemoveAll(fresh); err != nil { // of a restore that was killed
		return err
	}
	rev, err := embedded.Restore(ctx, fresh, in)
	if err != nil {
		return err
	}
	aside := fmt.Sprintf("%s.before-%s", path, time.Now().UTC().Format("20060102T150405Z"))
	if err := replaceDir(path, fresh, aside); err != nil {
		return fmt.Errorf("putting the restored state in place: %w", err)
	}
	_, err = fmt.Fprintf(out, "restored into %s; it goes on at revision %d; the state before is in %s\n", path, rev, aside)
	return err
}

func holdsAny(path string) (bool, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return len(entries) > 0, err
}

// replaceDir puts fresh in the place of path, in one step, and what was there aside.
func replaceDir(path, fresh, aside string) error {
	if _, err := os.Lstat(aside); err == nil {
		return fmt.Errorf("%s exists", aside)
	}
	if err := unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE); err != nil {
		return &os.LinkError{Op: "exchange", Old: fresh, New: path, Err: err}
	}
	if err := os.Rename(fresh, aside); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
