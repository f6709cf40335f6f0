package shell

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

func (s *Shell) list(l list) {
	for _, a := range l {
		if a.background {
			s.background(a)
		} else {
			s.andOr(a)
		}
		s.runTraps()
		if s.unwind != running {
			return
		}
	}
}

func (s *Shell) andOr(a andOr) {
	for i, p := range a.pipelines {
		if i > 0 && (a.ops[i-1] == "&&") != (s.status == 0) {
			continue
		}
		last := i == len(a.pipelines)-1
		if !last || p.negated {
			s.guarded++
		}
		s.pipeline(p)
		if !last || p.negated {
			s.guarded--
		}
		if s.unwind != running {
			return
		}
		if last && !p.negated && s.status != 0 && s.errexit && s.guarded == 0 {
			s.exit(s.status)
			return
		}
	}
}

// guard runs a condition.
func (s *Shell) guard(l list) bool {
	s.guarded++
	s.list(l)
	s.guarded--
	return s.status == 0 && s.unwind == running
}

func (s *Shell) pipeline(p pipeline) {
	if len(p.commands) == 1 {
		s.command(p.commands[0])
	} else {
		s.pipe(p.commands)
	}
	if p.negated && s.unwind == running {
		s.status = truth(s.status != 0)
	}
}

func truth(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

// pipe runs each command in a subshell of its own; the last one's status counts.
func (s *Shell) pipe(commands []command) {
	var wg sync.WaitGroup
	var input *os.File
	for i, c := range commands {
		stage := s.sub()
		var close []*os.File
		if input != nil {
			stage.files[0] = input
			close = append(close, input)
		}
		if i < len(commands)-1 {
			r, w, err := os.Pipe()
			if err != nil {
				s.complain("%v", err)
				s.status = 1
				break
			}
			stage.files[1] = w
			close = append(close, w)
			input = r
		}
		wg.Go(func() {
			stage.command(c)
			stage.status = stage.end()
			for _, f := range close {
				f.Close()
			}
			if i == len(commands)-1 {
				s.status = stage.status
			}
		})
	}
	wg.Wait()
}

func (s *Shell) background(a andOr) {
	bg := s.sub()
	bg.files[0], _ = os.Open(os.DevNull)
	a.background = false
	s.status = 0
	// A plain command is started at once, so that $! is its process.
	if len(a.pipelines) == 1 && len(a.pipelines[0].commands) == 1 && len(a.pipelines[0].commands[0].simple) > 0 && !a.pipelines[0].negated {
		if process, ok := bg.startSimple(a.pipelines[0].commands[0]); ok {
			s.addJob(process.Pid, func() int { return waitProcess(process) })
			return
		}
	}
	s.addJob(0, func() int {
		bg.andOr(a)
		return bg.end()
	})
}

// notProcess is the first number of a job that is no process of its own: beyond what the kernel gives to any.
const notProcess = 1 << 24

// addJob notes a job under its process's number, or one of its own when that is 0.
func (s *Shell) addJob(id int, wait func() int) {
	done := make(chan struct{})
	s.jobs.mu.Lock()
	if id == 0 {
		s.jobs.last++
		id = notProcess + s.jobs.last
	}
	s.jobs.done[id] = done
	s.jobs.mu.Unlock()
	s.lastJob = id
	go func() {
		code := wait()
		s.jobs.mu.Lock()
		s.jobs.code[id] = code
		s.jobs.mu.Unlock()
		close(done)
	}()
}

// command runs with its redirections in force, and takes them back.
func (s *Shell) command(c command) {
	if len(c.simple) > 0 || c.compound == nil {
		s.simple(c)
		return
	}
	before := maps.Clone(s.files)
	opened, err := s.redirect(c.redirects)
	defer func() {
		s.files = before
		closeAll(opened)
	}()
	if err != nil {
		s.complain("%v", err)
		s.status = 1
		return
	}
	switch c := c.compound.(type) {
	case subshell:
		sub := s.sub()
		sub.list(c.body)
		s.status = sub.end()
	case group:
		s.list(c.body)
	case conditional:
		s.conditional(c)
	case loop:
		s.loop(c)
	case iteration:
		s.iteration(c)
	}
}

func (s *Shell) conditional(c conditional) {
	for i, test := range c.tests {
		if s.guard(test) {
			s.status = 0
			s.list(c.bodies[i])
			return
		}
		if s.unwind != running {
			return
		}
	}
	s.status = 0
	s.list(c.otherwise)
}

func (s *Shell) loop(l loop) {
	s.inLoop++
	defer func() { s.inLoop-- }()
	status := 0
	for {
		ok := s.guard(l.test)
		if s.unwind == running && ok == l.until {
			break
		}
		if s.unwind == running {
			s.list(l.body)
			status = s.status
		}
		if s.leaveLoop() {
			return
		}
	}
	s.status = status
}

func (s *Shell) iteration(l iteration) {
	s.inLoop++
	defer func() { s.inLoop-- }()
	items := s.fields(l.items)
	s.status = 0
	for _, item := range items {
		s.set(l.name, item)
		s.list(l.body)
		if s.leaveLoop() {
			return
		}
	}
}

// leaveLoop deals with break and continue.
func (s *Shell) leaveLoop() bool {
	switch s.unwind {
	case running:
		return false
	case exiting:
		return true
	}
	if s.levels--; s.levels > 0 {
		return true // meant for a loop further out
	}
	leave := s.unwind == breaking
	s.unwind = running
	return leave
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// redirect opens what the redirections name and returns it.
func (s *Shell) redirect(redirects []redirect) (opened []*os.File, err error) {
	for _, r := range redirects {
		target := strings.Join(s.fields([]word{r.target}), " ")
		if r.op == ">&" || r.op == "<&" {
			if target == "-" {
				delete(s.files, r.fd)
				continue
			}
			fd, err := strconv.Atoi(target)
			if err != nil || s.files[fd] == nil {
				return opened, fmt.Errorf("%s: bad file descriptor", target)
			}
			s.files[r.fd] = s.files[fd]
			continue
		}
		flags := os.O_RDONLY
		switch r.op {
		case ">":
			flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		case ">>":
			flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
		}
		f, err := os.OpenFile(s.path(target), flags, 0o666)
		if err != nil {
			return opened, fmt.Errorf("cannot open %s: %w", target, cause(err))
		}
		opened = append(opened, f)
		s.files[r.fd] = f
	}
	return opened, nil
}

// path makes a name absolute: subshells have directories of their own.
func (s *Shell) path(name string) string {
	if filepath.IsAbs(name) || name == "" {
		return name
	}
	return filepath.Join(s.dir, name)
}

func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
