// Command testbox is what the runtime's own tests run in containers: one static program with the few commands that they
// need, so that no image is needed.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "testbox" && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	command, ok := commands[name]
	if !ok {
		fail(fmt.Errorf("testbox has no command %q", name))
	}
	if err := command(args); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

var commands = map[string]func(args []string) error{
	"echo": func(args []string) error { fmt.Println(strings.Join(args, " ")); return nil },
	"warn": func(args []string) error { fmt.Fprintln(os.Stderr, strings.Join(args, " ")); return nil },
	"cat":  cat,
	"env":  func([]string) error { fmt.Println(strings.Join(os.Environ(), "\n")); return nil },
	"pwd":  func([]string) error { d, err := os.Getwd(); fmt.Println(d); return err },
	"exit": func(args []string) error {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		os.Exit(n)
		return nil
	},
	"hold": func([]string) error { fmt.Println("holding"); return hold() },
	// trap ends with the given code at SIGTERM.
	"trap": trap,
	// tick prints a number every few milliseconds for ever.
	"tick": func(args []string) error {
		for i := 0; ; i++ {
			fmt.Println("tick", i)
			time.Sleep(10 * time.Millisecond)
		}
	},
	"flood":    flood,
	"hostname": func([]string) error { h, err := os.Hostname(); fmt.Println(h); return err },
	"id":       identity,
	"alloc":    alloc,
	"write":    func(args []string) error { return os.WriteFile(args[0], []byte(args[1]), 0o644) },
	"ls":       list,
	"stat":     stat,
	"fds":      files,
	"mkfifo":   func(args []string) error { return unix.Mkfifo(args[0], 0o644) },
	"mknod":    mknod,
	"mount":    func([]string) error { return unix.Mount("none", "/mnt", "tmpfs", 0, "") },
	"unshare":  func([]string) error { return unix.Unshare(unix.CLONE_NEWNS) },
	"listen":   listen,
	"fork":     fork,
	"tty":      terminal,
	"limits": func([]string) error {
		var l unix.Rlimit
		err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l)
		fmt.Println(l.Cur, l.Max)
		return err
	},
	"kill": func(args []string) error {
		pid, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		return unix.Kill(pid, unix.SIGKILL)
	},
}

// hold stays for ever.
func hold() error {
	for {
		time.Sleep(time.Hour)
	}
}

func cat(args []string) error {
	if len(args) == 0 {
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	}
	for _, path := range args {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if _, err = io.Copy(os.Stdout, f); err != nil {
			return err
		}
		f.Close()
	}
	return nil
}

func trap(args []string) error {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch)
	fmt.Println("ready")
	for s := range ch {
		if s == syscall.SIGURG {
			continue
		}
		fmt.Println("got", s)
		code, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		os.Exit(code)
	}
	return nil
}

func flood(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	w := bufio.NewWriter(os.Stdout)
	for i := range n {
		fmt.Fprintf(w, "line %d\n", i)
	}
	return w.Flush()
}

func identity([]string) error {
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	fmt.Println("uid", os.Getuid(), "gid", os.Getgid(), "groups", groups)
	if u, err := user.Current(); err == nil {
		fmt.Println("name", u.Username)
	}
	return nil
}

func alloc(args []string) error {
	megabytes, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var keep [][]byte
	for range megabytes {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		keep = append(keep, b)
	}
	fmt.Println("allocated", len(keep))
	return hold()
}

func list(args []string) error {
	entries, err := os.ReadDir(args[0])
	for _, e := range entries {
		fmt.Println(e.Name())
	}
	return err
}

// files tells what every open file is.
func files([]string) error {
	for fd := range 100 {
		if link, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil {
			fmt.Println(fd, link)
		}
	}
	return nil
}

func stat(args []string) error {
	for _, path := range args {
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			fmt.Println(path, err)
			continue
		}
		fmt.Printf("%s %o %d:%d %d/%d\n", path, st.Mode, unix.Major(st.Rdev), unix.Minor(st.Rdev), st.Uid, st.Gid)
	}
	return nil
}

func mknod(args []string) error {
	major, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	minor, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	return unix.Mknod(args[0], unix.S_IFCHR|0o666, int(unix.Mkdev(uint32(major), uint32(minor))))
}

// listen answers every connection with a line in upper case.
func listen(args []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening")
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err == nil {
				fmt.Fprint(conn, strings.ToUpper(line))
			}
		}()
	}
}

// fork leaves a process behind that holds on to the output, and ends.
func fork([]string) error {
	p, err := os.StartProcess("/proc/self/exe", []string{"hold"}, &os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		return err
	}
	fmt.Println("left", p.Pid)
	return nil
}

// terminal tells about the terminal, then echoes lines until "bye", and tells its size at each.
func terminal([]string) error {
	name, err := os.Readlink("/proc/self/fd/0")
	if err != nil {
		return err
	}
	fmt.Println("tty", name)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		if in.Text() == "bye" {
			return nil
		}
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			return err
		}
		fmt.Printf("%s %dx%d\n", in.Text(), size.Col, size.Row)
	}
	return in.Err()
}
