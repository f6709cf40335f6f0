package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"argosy.dev/store"
	"argosy.dev/store/backup"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// restoreBump is how far above the backup's revision a restored store goes on. Between backup and loss the old store gave out
// revisions that the backup does not know; clients still hold them. Were they given out again, for other changes, a
// client would take what it holds for new, or resume a watch into a history that it never saw. So the restored
// store starts where the old one cannot have got to, and with no history: watches from before are told ErrCompacted and
// begin anew, and an update conditioned on a lost revision conflicts.
const restoreBump = 1_000_000_000

// Restore makes a new store in dir from a backup, and returns the revision that it stands at. dir must be empty or
// missing, and it stays so until the restored store is whole and durable: it is built beside dir and moved there in one
// step. Records keep their revisions; new changes get revisions a billion above the backup's.
func Restore(ctx context.Context, dir string, from io.Reader) (store.Revision, error) {
	rev, err := restore(ctx, filepath.Clean(dir), from)
	if err != nil {
		return 0, fmt.Errorf("restoring into %s: %w", dir, noSpace(err))
	}
	return rev, nil
}

func restore(ctx context.Context, dir string, from io.Reader) (rev store.Revision, err error) {
	if err := checkEmpty(dir); err != nil {
		return 0, err
	}
	o := Options{Dir: dir + ".restoring"}.withDefaults()
	// What a restore that was killed left behind; one that runs holds the lock.
	release, err := lockLeftover(o)
	if err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, release())
		if err != nil {
			err = errors.Join(err, os.RemoveAll(o.Dir))
		}
	}()
	if rev, err = build(ctx, o, from); err != nil {
		return 0, err
	}
	// The system's own rename, which replaces an empty directory and no other.
	if err := unix.Rename(o.Dir, dir); err != nil {
		return 0, fmt.Errorf("moving %s there: %w", o.Dir, err)
	}
	return rev, syncDir(o.FS, filepath.Dir(dir))
}

func checkEmpty(dir string) error {
	names, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return makeDir(vfs.Default, filepath.Dir(dir))
	case err != nil:
		return err
	case len(names) > 0:
		return fmt.Errorf("it is not empty (it holds %q): move it away first", names[0].Name())
	}
	return nil
}

// lockLeftover takes the directory that the store is built in, and empties it.
func lockLeftover(o Options) (release func() error, err error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if release, err = lock(o.FS, o.Dir); err != nil {
		return nil, err
	}
	names, err := o.FS.List(o.Dir)
	for _, name := range names {
		if name != lockFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(o.Dir, name)))
		}
	}
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

// build makes a store of the backup in o.Dir.
func build(ctx context.Context, o Options, from io.Reader) (rev store.Revision, err error) {
	if err := beginFormat(o.FS, o.Dir); err != nil {
		return 0, err
	}
	data := filepath.Join(o.Dir, engineDir)
	if err := os.Mkdir(data, 0o700); err != nil {
		return 0, err
	}
	db, err := openEngine(data, o.FS, true, o.Logger, func(error) {})
	if err != nil {
		return 0, err
	}
	err = guard(func() error {
		rev, err = fill(ctx, db, from)
		return errors.Join(err, db.Close())
	})
	if err != nil {
		return 0, err
	}
	return rev, finishFormat(o.FS, o.Dir)
}

func fill(ctx context.Context, db *pebble.DB, from io.Reader) (store.Revision, error) {
	b := db.NewBatch()
	defer func() { b.Close() }()
	rev, err := backup.Read(from, func(r store.Record) error {
		if b.Len() > maxGroupBytes {
			if err := errors.Join(ctx.Err(), b.Commit(pebble.NoSync), b.Close()); err != nil {
				return err
			}
			b = db.NewBatch()
		}
		return b.Set(keyOf(r.Key), append(appendRevision(nil, r.Revision), r.Value...), nil)
	})
	if err != nil {
		return 0, err
	}
	rev += restoreBump
	if err := b.Set(metaKey(metaCompacted), appendRevision(nil, rev), nil); err != nil {
		return 0, err
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return 0, err
	}
	return rev, db.Flush()
}
