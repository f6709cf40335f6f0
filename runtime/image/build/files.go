package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is one entry of the layer.
type file struct {
	name string // in the image, without the leading "/"
	mode fs.FileMode
	link string // target of a symbolic link
	path string // of a regular file's contents, or
	data []byte
}

// collect lists the entries by name. Directories above them get no entry, so that those of the base stay as they are.
func collect(ctx context.Context, adds []Add) ([]file, error) {
	files := map[string]file{}
	for _, add := range adds {
		if err := add.collect(ctx, files); err != nil {
			return nil, fmt.Errorf("adding %q at %q: %w", add.Src, add.Dst, err)
		}
	}
	list := make([]file, 0, len(files))
	for _, f := range files {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

func (a Add) collect(ctx context.Context, files map[string]file) error {
	if !strings.HasPrefix(a.Dst, "/") {
		return errors.New("the destination is not an absolute path in the image")
	}
	dst := strings.TrimPrefix(path.Clean(a.Dst), "/")
	if a.Src == "" {
		return put(files, file{name: dst, mode: a.Mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky), data: slices.Concat([]byte{}, a.Data)})
	}
	src, err := filepath.EvalSymlinks(a.Src)
	if err != nil {
		return err
	}
	info, err := os.Stat(src)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if strings.HasSuffix(a.Dst, "/") {
			dst = path.Join(dst, filepath.Base(a.Src))
		}
		return addFile(files, dst, src, info)
	}
	return filepath.WalkDir(src, func(p string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, p)
		if err != nil {
			return err
		}
		name := path.Join(dst, filepath.ToSlash(rel))
		if name == "." || name == "" {
			return nil // the image's root stays as it is
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return addFile(files, name, p, info)
	})
}

func addFile(files map[string]file, name, src string, info fs.FileInfo) error {
	f := file{name: name, mode: info.Mode(), path: src}
	switch info.Mode().Type() {
	case 0, fs.ModeDir:
	case fs.ModeSymlink:
		var err error
		if f.link, err = os.Readlink(src); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a symbolic link", src)
	}
	return put(files, f)
}

func put(files map[string]file, f file) error {
	if f.name == "" || f.name == "." {
		return errors.New("a file cannot take the place of the root directory")
	}
	if strings.HasPrefix(path.Base(f.name), ".wh.") {
		return fmt.Errorf("%q cannot be in a layer: names that begin with .wh. delete others there", f.name)
	}
	if have, ok := files[f.name]; ok && have.mode.IsDir() && !f.mode.IsDir() {
		for name := range files {
			if strings.HasPrefix(name, f.name+"/") {
				delete(files, name)
			}
		}
	}
	files[f.name] = f
	return nil
}

// writeLayer writes the archive.
func writeLayer(ctx context.Context, w io.Writer, files []file) error {
	t := tar.NewWriter(w)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.write(t); err != nil {
			return fmt.Errorf("adding %q: %w", f.name, err)
		}
	}
	return t.Close()
}

func (f file) write(t *tar.Writer) error {
	header := &tar.Header{Name: f.name, Mode: tarMode(f.mode), ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	switch {
	case f.mode.IsDir():
		header.Typeflag, header.Name = tar.TypeDir, f.name+"/"
		return t.WriteHeader(header)
	case f.mode&fs.ModeSymlink != 0:
		header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, f.link, 0o777
		return t.WriteHeader(header)
	}
	header.Typeflag = tar.TypeReg
	contents := io.Reader(bytes.NewReader(f.data))
	header.Size = int64(len(f.data))
	if f.data == nil {
		source, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer source.Close()
		info, err := source.Stat()
		if err != nil {
			return err
		}
		contents, header.Size = source, info.Size()
	}
	if err := t.WriteHeader(header); err != nil {
		return err
	}
	n, err := io.Copy(t, io.LimitReader(contents, header.Size))
	if err == nil && n < header.Size {
		err = errors.New("it became shorter while it was read")
	}
	return err
}

func tarMode(mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for _, m := range []struct {
		flag fs.FileMode
		bit  int64
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if mode&m.flag != 0 {
			bits |= m.bit
		}
	}
	return bits
}
