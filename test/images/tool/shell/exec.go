package shell

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// simple runs a command of words: a builtin, or a program.
func (s *Shell) simple(c command) {
	words := s.fields(c.simple)
	if s.unwind != running {
		return // an expansion failed
	}
	before := maps.Clone(s.files)
	opened, err := s.redirect(c.redirects)
	keep := len(words) > 0 && words[0] == "exec"
	defer func() {
		if !keep {
			s.files = before
			closeAll(opened)
		}
	}()
	if err != nil {
		s.complain("%v", err)
		s.status = 1
		return
	}
	if len(words) == 0 {
		s.status = 0 // that of the last substitution in the assignments, if any
		for _, a := range c.assigns {
			s.set(a.name, s.one(a.value))
		}
		return
	}
	if s.xtrace {
		fmt.Fprintln(s.files[2], "+ "+strings.Join(words, " "))
	}
	if run := builtin(words[0]); run != nil {
		for _, a := range c.assigns {
			s.set(a.name, s.one(a.value))
		}
		s.status = run(s, words)
		return
	}
	process, code := s.start(words, c.assigns)
	if process == nil {
		s.status = code
		return
	}
	s.status = waitProcess(process)
}

// startSimple starts a command in the background if it is a program.
func (s *Shell) startSimple(c command) (*os.Process, bool) {
	words := s.fields(c.simple)
	if len(words) == 0 || builtin(words[0]) != nil {
		return nil, false
	}
	opened, err := s.redirect(c.redirects)
	defer closeAll(opened)
	if err != nil {
		return nil, false // said when it is run
	}
	process, _ := s.start(words, c.assigns)
	return process, process != nil
}

func (s *Shell) start(words []string, assigns []assign) (process *os.Process, code int) {
	path, err := s.find(words[0])
	if err != nil {
		s.complain("%s: %v", words[0], err)
		if errors.Is(err, errNotFound) {
			return nil, 127
		}
		return nil, 126
	}
	process, err = os.StartProcess(path, words, &os.ProcAttr{Dir: s.dir, Env: s.environ(assigns), Files: s.fileList()})
	if err != nil {
		s.complain("%s: %v", words[0], cause(err))
		return nil, 126
	}
	return process, 0
}

func (s *Shell) fileList() []*os.File {
	files := make([]*os.File, 3)
	for fd, f := range s.files {
		for len(files) <= fd {
			files = append(files, nil)
		}
		files[fd] = f
	}
	return files
}

func (s *Shell) environ(assigns []assign) []string {
	vars := map[string]string{}
	for name := range s.exported {
		if value, ok := s.vars[name]; ok {
			vars[name] = value
		}
	}
	for _, a := range assigns {
		vars[a.name] = s.one(a.value)
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}

var errNotFound = errors.New("not found")

// find looks for a program: in PATH, then among the applets.
func (s *Shell) find(name string) (string, error) {
	if strings.Contains(name, "/") {
		path := s.path(name)
		if _, err := os.Stat(path); err != nil {
			return "", errNotFound
		}
		return path, nil
	}
	for _, dir := range filepath.SplitList(s.vars["PATH"]) {
		path := filepath.Join(s.path(dir), name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	if s.Applet != nil && s.Applet(name) {
		return "/proc/self/exe", nil
	}
	return "", errNotFound
}

// waitProcess returns the exit code, 128 and the signal's number for a process that a signal ended.
func waitProcess(process *os.Process) int {
	state, err := process.Wait()
	if err != nil {
		return 127
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
