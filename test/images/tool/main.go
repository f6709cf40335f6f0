package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"argosy.dev/test/images/tool/shell"
)

// applet is one command. An error is printed and gives code 1, unless it is an exitCode.
type applet struct {
	run   func(args []string) error
	usage string
}

// exitCode ends a command with a code and no message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// applets is a function, not a table, as "help" and the shell list it.
func applets() map[string]applet {
	return map[string]applet{
		"alloc":       {alloc, "MIB [SECONDS]: use so much memory, then sleep (for ever without SECONDS)"},
		"burn":        {burn, "[SECONDS]: use one processor"},
		"cat":         {cat, "[FILE…]: print files or standard input"},
		"chmod":       {chmod, "MODE FILE…: set modes, octal"},
		"cp":          {copyFile, "SRC DST: copy a file"},
		"date":        {date, "[+%s]: print the time"},
		"echo":        {echo, "[-n] [-e] [TEXT…]: print"},
		"env":         {env, "[NAME=VALUE…] [COMMAND…]: print the environment, or run a command in it"},
		"exit":        {exitWith, "CODE: exit"},
		"false":       {func([]string) error { return exitCode(1) }, ": exit with 1"},
		"fill":        {fill, "FILE MIB: write a file of so many MiB"},
		"head":        {head, "[-n N] [FILE…]: print the first lines"},
		"help":        {help, ": list the commands"},
		"hostname":    {hostname, "[-i]: print the host's name, or its addresses"},
		"http":        {httpServer, "[PORT]: serve HTTP: / tells who, /healthz, /env, /status/CODE, /sleep/SECONDS, /exit/CODE, /fail and /recover turn /healthz"},
		"id":          {id, "[-u|-g|-G]: print user and groups"},
		"ignore-term": {ignoreTerm, "[SECONDS]: sleep and not care for SIGTERM"},
		"install":     {install, "DIR: copy this program and link all commands to it"},
		"kill":        {kill, "[-SIGNAL] PID…: send a signal"},
		"ln":          {link, "[-s] [-f] TARGET NAME: link"},
		"ls":          {list, "[-l] [-a] [-d] [FILE…]: list"},
		"mkdir":       {mkdir, "[-p] DIR…: make directories"},
		"mv":          {move, "SRC DST: rename"},
		"nc":          {netcat, "[-l] [-u] [-z] [-w SECONDS] [HOST] PORT: speak TCP or UDP, or listen for one connection"},
		"nslookup":    {nslookup, "NAME: resolve a name"},
		"open-files":  {openFiles, "N: open so many files, then sleep"},
		"printenv":    {printenv, "[NAME…]: print the environment"},
		"printf":      {printf, "FORMAT [ARG…]: print formatted"},
		"ps":          {processes, ": list processes"},
		"pwd":         {pwd, ": print the directory"},
		"readlink":    {readlink, "[-f] FILE: print where a link points"},
		"rm":          {remove, "[-r] [-f] FILE…: remove"},
		"rmdir":       {rmdir, "DIR…: remove empty directories"},
		"seq":         {seq, "[FIRST] LAST: print numbers"},
		"sh":          {runShell, "[-c SCRIPT [NAME [ARG…]]] [FILE]: run commands"},
		"sleep":       {sleep, "SECONDS|infinity: wait"},
		"sort":        {sortLines, "[-r] [-n] [FILE…]: sort lines"},
		"stat":        {stat, "[-c FORMAT] FILE…: describe files; %a %u %g %s %n %F"},
		"sync":        {func([]string) error { syscall.Sync(); return nil }, ": write everything to disk"},
		"tail":        {tail, "[-n N] [-c +N] [-f] [FILE…]: print the last lines"},
		"tar":         {archive, "c|x|t [-z] [-f FILE] [-C DIR] [NAME…]: archives"},
		"tcp-echo":    {tcpEcho, "PORT: answer every connection with what it sends"},
		"term-msg":    {termMessage, "TEXT [CODE [FILE]]: write a termination message and exit"},
		"test":        {test, "EXPRESSION: tell whether it is true; [ is another name"},
		"[":           {bracket, "EXPRESSION ]"},
		"touch":       {touch, "FILE…: make files, or set their times"},
		"true":        {func([]string) error { return nil }, ": exit with 0"},
		"tty":         {tty, ": tell whether standard input is a terminal, and its size"},
		"udp-echo":    {udpEcho, "PORT: answer every datagram with itself"},
		"uname":       {uname, "[-a|-r|-m|-n]: describe the kernel"},
		"wc":          {wordCount, "[-l|-c] [FILE…]: count lines, words and bytes"},
		"wget":        {wget, "[-q] [-S] [-T SECONDS] [-O FILE] [-H NAME:VALUE] [-A CA-FILE] URL: fetch by HTTP"},
		"whoami":      {whoami, ": print the user's name"},
	}
}

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	name = strings.TrimPrefix(name, "-") // a login shell
	if _, ok := applets()[name]; !ok {
		if len(args) == 0 {
			_ = help(nil)
			os.Exit(2)
		}
		name, args = args[0], args[1:]
	}
	a, ok := applets()[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "tool: no command %q; \"tool help\" lists them\n", name)
		os.Exit(127)
	}
	if name != "sh" && name != "ignore-term" {
		dieAtSIGTERM()
	}
	err := a.run(args)
	var code exitCode
	switch {
	case errors.As(err, &code):
		os.Exit(int(code))
	case errors.Is(err, syscall.EPIPE):
		os.Exit(141)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, cause(err))
		os.Exit(1)
	}
}

// dieAtSIGTERM makes up for the default action, which process 1 does not have.
func dieAtSIGTERM() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		number, _ := (<-signals).(syscall.Signal)
		os.Exit(128 + int(number))
	}()
}

// cause shortens "open f: no such file" to what the user does not know yet.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}

func help([]string) error {
	all := applets()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Println(name, all[name].usage)
	}
	return nil
}

// runShell begins a shell: of a string, a file, or standard input.
func runShell(args []string) error {
	known := func(name string) bool { _, ok := applets()[name]; return ok }
	var setup string
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" && !strings.Contains(args[0], "c") {
		if strings.ContainsAny(args[0], "ex") {
			setup += "set " + args[0] + "\n"
		}
		args = args[1:]
	}
	switch {
	case len(args) > 0 && strings.HasPrefix(args[0], "-") && strings.Contains(args[0], "c"):
		if len(args) < 2 {
			return errors.New("-c wants a script")
		}
		if flags := strings.Trim(args[0], "-lc"); flags != "" {
			setup += "set -" + flags + "\n"
		}
		name, rest := "sh", []string(nil)
		if len(args) > 2 {
			name, rest = args[2], args[3:]
		}
		s := shell.New(name, rest)
		s.Applet = known
		return exitCode(s.Run(setup + args[1]))
	case len(args) > 0 && args[0] != "-":
		script, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		s := shell.New(args[0], args[1:])
		s.Applet = known
		return exitCode(s.Run(setup + string(script)))
	}
	s := shell.New("sh", nil)
	s.Applet = known
	return exitCode(s.Interact(isTerminal(os.Stdin)))
}

// install makes what an image is made from.
func install(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: install DIR")
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	source, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(filepath.Join(args[0], "tool"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Chmod(0o755), target.Close()); err != nil {
		return err
	}
	for name := range applets() {
		path := filepath.Join(args[0], name)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Symlink("tool", path); err != nil {
			return err
		}
	}
	return nil
}
