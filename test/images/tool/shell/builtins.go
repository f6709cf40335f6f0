package shell

import (
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// builtin returns the command of a name that must run in the shell itself, nil if there is none.
func builtin(name string) func(*Shell, []string) int {
	switch name {
	case ":", "true":
		return func(*Shell, []string) int { return 0 }
	case "false":
		return func(*Shell, []string) int { return 1 }
	case "break":
		return leave(breaking)
	case "continue":
		return leave(continuing)
	case "cd":
		return cd
	case ".":
		return dot
	case "eval":
		return eval
	case "exec":
		return execute
	case "exit":
		return exit
	case "export":
		return export
	case "pwd":
		return pwd
	case "read":
		return read
	case "set":
		return set
	case "shift":
		return shift
	case "trap":
		return trap
	case "umask":
		return umask
	case "unset":
		return unset
	case "wait":
		return wait
	}
	return nil
}

func (s *Shell) print(text string) {
	if f := s.files[1]; f != nil {
		_, _ = io.WriteString(f, text)
	}
}

func leave(how unwinding) func(*Shell, []string) int {
	return func(s *Shell, words []string) int {
		s.levels = 1
		if len(words) > 1 {
			s.levels, _ = strconv.Atoi(words[1])
		}
		if s.levels = min(max(s.levels, 1), s.inLoop); s.levels > 0 {
			s.unwind = how
		}
		return 0
	}
}

func cd(s *Shell, words []string) int {
	target := s.vars["HOME"]
	if len(words) > 1 {
		target = words[1]
	}
	path := s.path(target)
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		s.complain("cd: can't cd to %s", target)
		return 2
	}
	s.dir = path
	s.vars["PWD"] = path
	return 0
}

func pwd(s *Shell, _ []string) int {
	s.print(s.dir + "\n")
	return 0
}

// dot runs a file's commands in this shell.
func dot(s *Shell, words []string) int {
	if len(words) < 2 {
		s.complain(".: a file is missing")
		return 2
	}
	script, err := os.ReadFile(s.path(words[1]))
	if err != nil {
		s.complain(".: %s: %v", words[1], cause(err))
		return 2
	}
	s.status = 0
	s.source(string(script))
	return s.status
}

func eval(s *Shell, words []string) int {
	s.status = 0
	s.source(strings.Join(words[1:], " "))
	return s.status
}

// execute replaces the shell by a program; with redirections only, keeps those.
func execute(s *Shell, words []string) int {
	if len(words) < 2 {
		return 0
	}
	if s.isSub {
		process, code := s.start(words[1:], nil)
		if process != nil {
			code = waitProcess(process)
		}
		s.exit(code)
		return code
	}
	path, err := s.find(words[1])
	if err != nil {
		s.complain("exec: %s: %v", words[1], err)
		s.exit(127)
		return 127
	}
	for fd, f := range s.fileList() {
		if f == nil {
			_ = syscall.Close(fd)
		} else if int(f.Fd()) != fd {
			_ = syscall.Dup3(int(f.Fd()), fd, 0)
		}
	}
	_ = os.Chdir(s.dir)
	err = syscall.Exec(path, words[1:], s.environ(nil))
	s.complain("exec: %s: %v", words[1], err)
	s.exit(126)
	return 126
}

func exit(s *Shell, words []string) int {
	code := s.status
	if len(words) > 1 {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			s.complain("%s: not a number: %s", words[0], words[1])
			n = 2
		}
		code = n & 0xff
	}
	s.exit(code)
	return code
}

func export(s *Shell, words []string) int {
	if len(words) == 1 {
		for _, name := range slices.Sorted(maps.Keys(s.exported)) {
			s.print("export " + name + "='" + s.vars[name] + "'\n")
		}
	}
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w, "=")
		if ok {
			s.set(name, value)
		}
		s.exported[name] = true
	}
	return 0
}

func read(s *Shell, words []string) int {
	words = words[1:]
	if len(words) > 0 && words[0] == "-r" {
		words = words[1:]
	}
	line, err := "", io.EOF
	if f := s.files[0]; f != nil {
		line, err = readLine(f)
	}
	rest := strings.Trim(line, s.vars["IFS"]+"\n")
	for i, name := range words {
		value := rest
		if cut := strings.IndexAny(rest, s.vars["IFS"]); i < len(words)-1 && cut >= 0 {
			value, rest = rest[:cut], strings.TrimLeft(rest[cut:], s.vars["IFS"])
		} else {
			rest = ""
		}
		s.set(name, value)
	}
	return truth(err == nil)
}

func set(s *Shell, words []string) int {
	for i := 1; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			s.args = slices.Clone(words[i+1:])
			return 0
		}
		if len(w) < 2 || w[0] != '-' && w[0] != '+' {
			s.args = slices.Clone(words[i:])
			return 0
		}
		for _, option := range w[1:] {
			switch option {
			case 'e':
				s.errexit = w[0] == '-'
			case 'x':
				s.xtrace = w[0] == '-'
			case 'u', 'o':
				if option == 'o' {
					i++ // its name; none of them is known
				}
			default:
				s.complain("set: unknown option -%c", option)
				return 2
			}
		}
	}
	return 0
}

func shift(s *Shell, words []string) int {
	n := 1
	if len(words) > 1 {
		n, _ = strconv.Atoi(words[1])
	}
	if n < 0 || n > len(s.args) {
		return 1
	}
	s.args = s.args[n:]
	return 0
}

func umask(s *Shell, words []string) int {
	if len(words) > 1 {
		mask, err := strconv.ParseInt(words[1], 8, 32)
		if err != nil {
			s.complain("umask: not an octal number: %s", words[1])
			return 1
		}
		syscall.Umask(int(mask))
		return 0
	}
	mask := syscall.Umask(0)
	syscall.Umask(mask)
	s.print("0" + strconv.FormatInt(int64(mask), 8) + "\n")
	return 0
}

func unset(s *Shell, words []string) int {
	for _, name := range words[1:] {
		delete(s.vars, name)
		delete(s.exported, name)
	}
	return 0
}

// wait waits for all jobs or some, or until a signal with a trap arrives.
func wait(s *Shell, words []string) int {
	s.jobs.mu.Lock()
	all := maps.Clone(s.jobs.done)
	s.jobs.mu.Unlock()
	ids := slices.Collect(maps.Keys(all))
	if len(words) > 1 {
		ids = nil
		for _, w := range words[1:] {
			id, err := strconv.Atoi(w)
			if err != nil || all[id] == nil {
				return 127
			}
			ids = append(ids, id)
		}
	}
	code := 0
	for _, id := range ids {
		select {
		case <-all[id]:
		case sig := <-s.signals.arrived:
			s.runTrap(sig)
			if number, ok := sig.(syscall.Signal); ok && s.unwind == running {
				return 128 + int(number)
			}
			return s.status
		}
		s.jobs.mu.Lock()
		if len(words) > 1 {
			code = s.jobs.code[id]
		}
		delete(s.jobs.done, id)
		delete(s.jobs.code, id)
		s.jobs.mu.Unlock()
	}
	return code
}
