package shell

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"sync"
)

// Shell is one shell or subshell. It belongs to one goroutine.
type Shell struct {
	// Applet tells whether the program that the shell is in has a command of this name.
	Applet func(name string) bool

	name     string
	args     []string
	vars     map[string]string
	exported map[string]bool
	traps    map[string]string
	dir      string
	files    map[int]*os.File

	status  int
	lastJob int
	jobs    *jobs
	errexit bool
	xtrace  bool
	guarded int // in a condition, where -e has no say
	unwind  unwinding
	levels  int // break and continue: how many loops
	inLoop  int
	signals *signals
	isSub   bool
}

// unwinding is why the commands after this one are not run.
type unwinding int

const (
	running unwinding = iota
	breaking
	continuing
	exiting
)

// jobs are the commands in the background, of a shell and its subshells.
type jobs struct {
	mu   sync.Mutex
	done map[int]chan struct{}
	code map[int]int
	last int
}

// New returns a shell with the process's own files, directory and environment.
func New(name string, args []string) *Shell {
	s := &Shell{
		name: name, args: args, vars: map[string]string{"IFS": " \t\n"}, exported: map[string]bool{}, traps: map[string]string{},
		files: map[int]*os.File{0: os.Stdin, 1: os.Stdout, 2: os.Stderr},
		jobs:  &jobs{done: map[int]chan struct{}{}, code: map[int]int{}},
	}
	s.dir, _ = os.Getwd()
	for _, env := range os.Environ() {
		key, value, _ := strings.Cut(env, "=")
		s.vars[key], s.exported[key] = value, true
	}
	s.signals = newSignals()
	return s
}

// sub returns a copy for a subshell. Traps are not inherited.
func (s *Shell) sub() *Shell {
	c := *s
	c.vars, c.exported, c.files = maps.Clone(s.vars), maps.Clone(s.exported), maps.Clone(s.files)
	c.args = append([]string{}, s.args...)
	c.traps, c.isSub, c.inLoop = map[string]string{}, true, 0
	return &c
}

// Run runs a script and then the trap of EXIT, and returns the exit code.
func (s *Shell) Run(script string) int {
	s.source(script)
	return s.end()
}

func (s *Shell) source(script string) {
	l, err := parse(script)
	if err != nil {
		s.complain("%v", err)
		s.status = 2
		return
	}
	s.list(l)
}

func (s *Shell) end() int {
	code := s.status
	if trap, ok := s.traps["EXIT"]; ok {
		delete(s.traps, "EXIT")
		s.unwind = running
		s.source(trap)
		if s.unwind != exiting {
			return code
		}
		return s.status
	}
	return code
}

// Interact runs commands as they come from standard input, with a prompt if someone types them.
func (s *Shell) Interact(prompt bool) int {
	var script strings.Builder
	for s.unwind != exiting {
		if prompt {
			sign := "$ "
			if script.Len() > 0 {
				sign = "> "
			}
			_, _ = io.WriteString(s.files[2], sign)
		}
		line, err := readLine(s.files[0])
		script.WriteString(line)
		l, parseErr := parse(script.String())
		if errors.Is(parseErr, ErrIncomplete) && err == nil {
			continue
		}
		script.Reset()
		if parseErr != nil {
			s.complain("%v", parseErr)
			s.status = 2
		} else {
			s.list(l)
		}
		if err != nil {
			break
		}
	}
	return s.end()
}

// readLine reads no byte further than the line, which may be a command's input.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		if n > 0 {
			line.WriteByte(b[0])
			if b[0] == '\n' {
				return line.String(), nil
			}
		}
		if err != nil {
			return line.String(), err
		}
	}
}

func (s *Shell) complain(format string, args ...any) {
	fmt.Fprintf(s.files[2], s.name+": "+format+"\n", args...)
}

func (s *Shell) exit(code int) {
	s.status, s.unwind = code, exiting
}
