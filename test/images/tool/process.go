package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// seconds reads a duration: seconds, with a fraction or a unit if wanted. Empty means for ever.
func seconds(args []string) (time.Duration, error) {
	const ever = 1<<63 - 1
	if len(args) == 0 || args[0] == "infinity" {
		return ever, nil
	}
	if n, err := strconv.ParseFloat(args[0], 64); err == nil && n >= 0 {
		if n > 1e9 {
			return ever, nil
		}
		return time.Duration(n * float64(time.Second)), nil
	}
	return time.ParseDuration(args[0])
}

func sleep(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: sleep SECONDS|infinity")
	}
	d, err := seconds(args)
	if err != nil {
		return err
	}
	time.Sleep(d)
	return nil
}

func ignoreTerm(args []string) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for s := range signals {
			fmt.Println("ignored:", s)
		}
	}()
	d, err := seconds(args)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	time.Sleep(d)
	return nil
}

func exitWith(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: exit CODE")
	}
	code, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return exitCode(code & 0xff)
}

// alloc touches every page, so that the memory counts.
func alloc(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: alloc MIB [SECONDS]")
	}
	mib, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	d, err := seconds(args[1:])
	if err != nil {
		return err
	}
	var held [][]byte
	for i := range mib {
		piece, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			return fmt.Errorf("after %d MiB: %w", i, err)
		}
		for at := 0; at < len(piece); at += 4096 {
			piece[at] = byte(at>>12) | 1
		}
		held = append(held, piece)
	}
	fmt.Printf("holding %d MiB\n", len(held))
	time.Sleep(d)
	return nil
}

func burn(args []string) error {
	d, err := seconds(args)
	if err != nil {
		return err
	}
	for start := time.Now(); time.Since(start) < d; {
		for i := 0; i < 1_000_000; i++ {
			_ = i
		}
	}
	return nil
}

func openFiles(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: open-files N")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var files []*os.File
	for i := range n {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return fmt.Errorf("after %d: %w", i, err)
		}
		files = append(files, f)
	}
	fmt.Printf("holding %d files\n", len(files))
	select {}
}

func termMessage(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: term-msg TEXT [CODE [FILE]]")
	}
	file, code := "/dev/termination-log", 0
	if len(args) > 1 {
		var err error
		if code, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
	}
	if len(args) > 2 {
		file = args[2]
	}
	if err := os.WriteFile(file, []byte(args[0]), 0o644); err != nil {
		return err
	}
	return exitCode(code & 0xff)
}

func env(args []string) error {
	environ := os.Environ()
	if len(args) > 0 && args[0] == "-i" {
		environ, args = nil, args[1:]
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		environ, args = append(environ, args[0]), args[1:]
	}
	if len(args) == 0 {
		for _, e := range environ {
			fmt.Println(e)
		}
		return nil
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return exitCode(127)
	}
	return syscall.Exec(path, args, environ)
}

func printenv(args []string) error {
	if len(args) == 0 {
		return env(nil)
	}
	missing := false
	for _, name := range args {
		value, ok := os.LookupEnv(name)
		missing = missing || !ok
		if ok {
			fmt.Println(value)
		}
	}
	if missing {
		return exitCode(1)
	}
	return nil
}

func kill(args []string) error {
	sig := syscall.SIGTERM
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name := strings.TrimPrefix(strings.ToUpper(args[0][1:]), "SIG")
		if name == "S" && len(args) > 1 {
			name, args = strings.TrimPrefix(strings.ToUpper(args[1]), "SIG"), args[1:]
		}
		if n, err := strconv.Atoi(name); err == nil {
			sig = syscall.Signal(n)
		} else if sig = unix.SignalNum("SIG" + name); sig == 0 {
			return fmt.Errorf("unknown signal %s", name)
		}
		args = args[1:]
	}
	for _, arg := range args {
		pid, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, sig); err != nil {
			return fmt.Errorf("%d: %w", pid, err)
		}
	}
	return nil
}

func processes([]string) error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	slices.SortFunc(dirs, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b)/2 })
	fmt.Println("PID COMMAND")
	for _, dir := range dirs {
		line, err := os.ReadFile(dir + "/cmdline")
		if err != nil {
			continue // gone
		}
		text := strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
		if text == "" {
			name, _ := os.ReadFile(dir + "/comm")
			text = "[" + strings.TrimSpace(string(name)) + "]"
		}
		fmt.Println(filepath.Base(dir), text)
	}
	return nil
}

func id(args []string) error {
	set, _, err := options(args, "ugG", "")
	if err != nil {
		return err
	}
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	var list []string
	for _, g := range append([]int{os.Getgid()}, slices.DeleteFunc(groups, func(g int) bool { return g == os.Getgid() })...) {
		list = append(list, strconv.Itoa(g))
	}
	switch {
	case has(set, 'u'):
		fmt.Println(os.Getuid())
	case has(set, 'G'):
		fmt.Println(strings.Join(list, " "))
	case has(set, 'g'):
		fmt.Println(os.Getgid())
	default:
		fmt.Printf("uid=%d gid=%d groups=%s\n", os.Getuid(), os.Getgid(), strings.Join(list, ","))
	}
	return nil
}

func whoami([]string) error {
	if u, err := user.Current(); err == nil {
		fmt.Println(u.Username)
		return nil
	}
	fmt.Println(os.Getuid())
	return nil
}

func date(args []string) error {
	now := time.Now().UTC()
	if len(args) > 0 && args[0] == "+%s" {
		fmt.Println(now.Unix())
		return nil
	}
	fmt.Println(now.Format(time.RFC3339))
	return nil
}

func uname(args []string) error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	field := func(b []byte) string { return unix.ByteSliceToString(b) }
	option := "-s"
	if len(args) > 0 {
		option = args[0]
	}
	switch option {
	case "-a":
		fmt.Println(field(u.Sysname[:]), field(u.Nodename[:]), field(u.Release[:]), field(u.Version[:]), field(u.Machine[:]))
	case "-r":
		fmt.Println(field(u.Release[:]))
	case "-m":
		fmt.Println(field(u.Machine[:]))
	case "-n":
		fmt.Println(field(u.Nodename[:]))
	default:
		fmt.Println(field(u.Sysname[:]))
	}
	return nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func tty([]string) error {
	if !isTerminal(os.Stdin) {
		fmt.Println("not a tty")
		return exitCode(1)
	}
	size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
	if err != nil {
		return err
	}
	fmt.Printf("tty %d rows %d columns\n", size.Row, size.Col)
	return nil
}
