package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func list(args []string) error {
	set, files, err := options(args, "lad1RhA", "")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{"."}
	}
	for _, name := range files {
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		if target, err := os.Stat(name); err == nil && target.IsDir() && !has(set, 'd') {
			entries, err := os.ReadDir(name)
			if err != nil {
				return err
			}
			for _, entry := range entries {
				info, err := entry.Info()
				if err != nil || strings.HasPrefix(entry.Name(), ".") && !has(set, 'a') && !has(set, 'A') {
					continue
				}
				describe(entry.Name(), filepath.Join(name, entry.Name()), info, has(set, 'l'))
			}
			continue
		}
		describe(name, name, info, has(set, 'l'))
	}
	return nil
}

func describe(name, path string, info fs.FileInfo, long bool) {
	if !long {
		fmt.Println(name)
		return
	}
	if target, err := os.Readlink(path); err == nil {
		name += " -> " + target
	}
	st, _ := info.Sys().(*syscall.Stat_t)
	fmt.Printf("%s %d %d %d %8d %s %s\n", modeText(info.Mode()), st.Nlink, st.Uid, st.Gid, info.Size(), info.ModTime().UTC().Format("2006-01-02 15:04"), name)
}

// modeText is a mode as ls prints it.
func modeText(mode fs.FileMode) string {
	kind := "-"
	switch {
	case mode.IsDir():
		kind = "d"
	case mode&fs.ModeSymlink != 0:
		kind = "l"
	case mode&fs.ModeCharDevice != 0:
		kind = "c"
	case mode&fs.ModeDevice != 0:
		kind = "b"
	case mode&fs.ModeNamedPipe != 0:
		kind = "p"
	case mode&fs.ModeSocket != 0:
		kind = "s"
	}
	text := []byte(kind + mode.Perm().String()[1:])
	for _, special := range []struct {
		bit    fs.FileMode
		at     int
		letter byte
	}{{fs.ModeSetuid, 3, 's'}, {fs.ModeSetgid, 6, 's'}, {fs.ModeSticky, 9, 't'}} {
		if mode&special.bit == 0 {
			continue
		}
		if text[special.at] == 'x' {
			text[special.at] = special.letter
		} else {
			text[special.at] = special.letter - 'a' + 'A'
		}
	}
	return string(text)
}

func stat(args []string) error {
	set, files, err := options(args, "L", "c")
	if err != nil {
		return err
	}
	form := "%n %F %a %u %g %s"
	if has(set, 'c') {
		form = set['c']
	}
	for _, name := range files {
		get := os.Lstat
		if has(set, 'L') {
			get = os.Stat
		}
		info, err := get(name)
		if err != nil {
			return err
		}
		st, _ := info.Sys().(*syscall.Stat_t)
		kind := map[uint32]string{
			syscall.S_IFREG: "regular file", syscall.S_IFDIR: "directory", syscall.S_IFLNK: "symbolic link", syscall.S_IFIFO: "fifo",
			syscall.S_IFSOCK: "socket", syscall.S_IFCHR: "character special file", syscall.S_IFBLK: "block special file",
		}[st.Mode&syscall.S_IFMT]
		fmt.Println(strings.NewReplacer("%n", name, "%F", kind, "%a", strconv.FormatUint(uint64(st.Mode&0o7777), 8), "%A", modeText(info.Mode()),
			"%u", fmt.Sprint(st.Uid), "%g", fmt.Sprint(st.Gid), "%s", fmt.Sprint(st.Size), "%i", fmt.Sprint(st.Ino), "%h", fmt.Sprint(st.Nlink)).Replace(form))
	}
	return nil
}

func mkdir(args []string) error {
	set, dirs, err := options(args, "p", "m")
	if err != nil {
		return err
	}
	mode := uint64(0o777)
	if has(set, 'm') {
		if mode, err = strconv.ParseUint(set['m'], 8, 12); err != nil {
			return err
		}
	}
	for _, dir := range dirs {
		do := os.Mkdir
		if has(set, 'p') {
			do = os.MkdirAll
		}
		if err := do(dir, fs.FileMode(mode)); err != nil {
			return err
		}
	}
	return nil
}

func remove(args []string) error {
	set, files, err := options(args, "rRf", "")
	if err != nil {
		return err
	}
	for _, name := range files {
		if has(set, 'r') || has(set, 'R') {
			err = os.RemoveAll(name)
		} else {
			err = os.Remove(name)
		}
		if err != nil && !(has(set, 'f') && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return nil
}

func rmdir(args []string) error {
	for _, dir := range args {
		if err := syscall.Rmdir(dir); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	return nil
}

func touch(args []string) error {
	for _, name := range args {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err != nil {
			return err
		}
		f.Close()
		if err := os.Chtimes(name, time.Now(), time.Now()); err != nil {
			return err
		}
	}
	return nil
}

func chmod(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: chmod MODE FILE…")
	}
	mode, err := strconv.ParseUint(args[0], 8, 12)
	if err != nil {
		return fmt.Errorf("%s: modes are octal numbers here", args[0])
	}
	for _, name := range args[1:] {
		if err := syscall.Chmod(name, uint32(mode)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func link(args []string) error {
	set, names, err := options(args, "sf", "")
	if err != nil {
		return err
	}
	if len(names) != 2 {
		return errors.New("usage: ln [-s] [-f] TARGET NAME")
	}
	if has(set, 'f') {
		if err := os.Remove(names[1]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if has(set, 's') {
		return os.Symlink(names[0], names[1])
	}
	return os.Link(names[0], names[1])
}

func readlink(args []string) error {
	set, names, err := options(args, "f", "")
	if err != nil {
		return err
	}
	for _, name := range names {
		target, err := os.Readlink(name)
		if has(set, 'f') {
			target, err = filepath.EvalSymlinks(name)
		}
		if err != nil {
			return err
		}
		fmt.Println(target)
	}
	return nil
}

// inDirectory is where a file goes whose destination may be a directory.
func inDirectory(src, dst string) string {
	if info, err := os.Stat(dst); err == nil && info.IsDir() {
		return filepath.Join(dst, filepath.Base(src))
	}
	return dst
}

func copyFile(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: cp SRC DST")
	}
	src, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a directory", args[0])
	}
	dst, err := os.OpenFile(inDirectory(args[0], args[1]), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

func move(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: mv SRC DST")
	}
	return os.Rename(args[0], inDirectory(args[0], args[1]))
}

// fill writes data that no file system can compress away.
func fill(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: fill FILE MIB")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	random, err := os.Open("/dev/urandom")
	if err != nil {
		return err
	}
	defer random.Close()
	_, err = io.CopyN(f, random, int64(n)<<20)
	return errors.Join(err, f.Sync(), f.Close())
}

func pwd([]string) error {
	dir, err := os.Getwd()
	fmt.Println(dir)
	return err
}
