package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// tarOptions is what "kubectl cp" and people say: letters in any order, with or without a dash, long ones for what is so anyway.
type tarOptions struct {
	mode       byte
	file, dir  string
	gzip, keep bool
	verbose    bool
	touch      bool // -m: times of extraction
	names      []string
}

func parseTar(args []string) (tarOptions, error) {
	o := tarOptions{file: "-", keep: os.Getuid() == 0}
	for first := true; len(args) > 0; first = false {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--no-same-owner":
			o.keep = false
			continue
		case strings.HasPrefix(arg, "--exclude"), arg == "--no-same-permissions", arg == "--numeric-owner", arg == "--":
			continue
		case strings.HasPrefix(arg, "--"):
			return o, fmt.Errorf("unknown option %s", arg)
		case !strings.HasPrefix(arg, "-") && !first || arg == "-":
			o.names = append(o.names, arg)
			continue
		}
		for _, c := range strings.TrimPrefix(arg, "-") {
			switch c {
			case 'c', 'x', 't':
				o.mode = byte(c)
			case 'z':
				o.gzip = true
			case 'v':
				o.verbose = true
			case 'm':
				o.touch = true
			case 'p', 'o', 'h':
			case 'f', 'C':
				if len(args) == 0 {
					return o, fmt.Errorf("option %c wants a value", c)
				}
				if c == 'f' {
					o.file = args[0]
				} else {
					o.dir = args[0]
				}
				args = args[1:]
			default:
				return o, fmt.Errorf("unknown option %c", c)
			}
		}
	}
	if o.mode == 0 {
		return o, errors.New("one of c, x and t is needed")
	}
	return o, nil
}

func archive(args []string) error {
	o, err := parseTar(args)
	if err != nil {
		return err
	}
	if o.mode == 'c' {
		return o.create()
	}
	in := os.Stdin
	if o.file != "-" {
		if in, err = os.Open(o.file); err != nil {
			return err
		}
		defer in.Close()
	}
	if o.dir != "" {
		if err := os.Chdir(o.dir); err != nil {
			return err
		}
	}
	var r io.Reader = in
	if o.gzip {
		if r, err = gzip.NewReader(in); err != nil {
			return err
		}
	}
	return o.read(tar.NewReader(r))
}

func (o tarOptions) create() (err error) {
	out := os.Stdout
	if o.file != "-" {
		if out, err = os.Create(o.file); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	if o.dir != "" {
		if err := os.Chdir(o.dir); err != nil {
			return err
		}
	}
	var w io.WriteCloser = out
	if o.gzip {
		w = gzip.NewWriter(out)
	}
	t := tar.NewWriter(w)
	if len(o.names) == 0 {
		return errors.New("nothing to archive")
	}
	for _, name := range o.names {
		err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return o.add(t, path, entry)
		})
		if err != nil {
			return err
		}
	}
	err = t.Close()
	if o.gzip {
		err = errors.Join(err, w.Close())
	}
	return err
}

func (o tarOptions) add(t *tar.Writer, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket != 0 {
		return nil
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	header.Name = strings.TrimLeft(path, "/") // as every tar does
	if header.Name == "" {
		return nil
	}
	if info.IsDir() {
		header.Name += "/"
	}
	if o.verbose {
		fmt.Fprintln(os.Stderr, header.Name)
	}
	if err := t.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(t, f, info.Size())
	return err
}

func (o tarOptions) read(t *tar.Reader) error {
	root, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer root.Close()
	for {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if o.mode == 't' || o.verbose {
			fmt.Println(header.Name)
		}
		if o.mode == 't' {
			continue
		}
		if err := o.extract(root, header, t); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

// extract never leaves the directory, whatever an archive says.
func (o tarOptions) extract(root *os.Root, header *tar.Header, contents io.Reader) error {
	name := strings.TrimPrefix(filepath.Clean("/"+header.Name), "/")
	if name == "" {
		return nil
	}
	mode := fs.FileMode(header.Mode).Perm()
	if parent := filepath.Dir(name); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	switch header.Typeflag {
	case tar.TypeDir:
		if err := root.Mkdir(name, mode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case tar.TypeSymlink:
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		return root.Link(strings.TrimPrefix(filepath.Clean("/"+header.Linkname), "/"), name)
	case tar.TypeReg:
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, contents)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	default:
		return fmt.Errorf("entries of type %q are left out", header.Typeflag)
	}
	if o.keep {
		if err := root.Lchown(name, header.Uid, header.Gid); err != nil && !errors.Is(err, syscall.EPERM) {
			return err
		}
	}
	if err := root.Chmod(name, mode); err != nil {
		return err
	}
	if o.touch {
		return nil
	}
	return root.Chtimes(name, header.ModTime, header.ModTime)
}
