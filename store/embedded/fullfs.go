package embedded

import (
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fullFS passes every operation that takes room on the disk through space.retry. Syncs are not among them: a sync that
// failed may have dropped what it should have written, so that trying again would lie; it fails the store instead.
type fullFS struct {
	vfs.FS
	space *space
}

func (f fullFS) Unwrap() vfs.FS { return f.FS }

func (f fullFS) open(open func() (vfs.File, error)) (file vfs.File, err error) {
	err = f.space.retry(func() error {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return fullFile{file, f.space}, nil
}

func (f fullFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.Create(name, c) })
}

func (f fullFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.OpenReadWrite(name, c, opts...) })
}

func (f fullFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.ReuseForWrite(oldname, newname, c) })
}

func (f fullFS) Link(oldname, newname string) error {
	return f.space.retry(func() error { return f.FS.Link(oldname, newname) })
}

func (f fullFS) Rename(oldname, newname string) error {
	return f.space.retry(func() error { return f.FS.Rename(oldname, newname) })
}

func (f fullFS) MkdirAll(dir string, perm os.FileMode) error {
	return f.space.retry(func() error { return f.FS.MkdirAll(dir, perm) })
}

type fullFile struct {
	vfs.File
	space *space
}

func (f fullFile) Write(p []byte) (int, error) {
	written := 0
	err := f.space.retry(func() error {
		n, err := f.File.Write(p[written:])
		written += n
		return err
	})
	return written, err
}

func (f fullFile) WriteAt(p []byte, at int64) (int, error) {
	written := 0
	err := f.space.retry(func() error {
		n, err := f.File.WriteAt(p[written:], at+int64(written))
		written += n
		return err
	})
	return written, err
}

func (f fullFile) Preallocate(offset, length int64) error {
	return f.space.retry(func() error { return f.File.Preallocate(offset, length) })
}
