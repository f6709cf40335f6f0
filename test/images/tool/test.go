package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

func bracket(args []string) error {
	if len(args) == 0 || args[len(args)-1] != "]" {
		return fmt.Errorf("%w: ] is missing", exitCode(2))
	}
	return test(args[:len(args)-1])
}

// test tells by its exit code whether an expression is true; 2 means that it is none.
func test(args []string) error {
	e := &expression{args: args}
	value := e.or()
	if e.err == nil && len(e.args) > 0 {
		e.err = fmt.Errorf("unexpected %q", e.args[0])
	}
	if e.err != nil {
		fmt.Fprintln(os.Stderr, "test:", e.err)
		return exitCode(2)
	}
	if !value {
		return exitCode(1)
	}
	return nil
}

type expression struct {
	args []string
	err  error
}

func (e *expression) take() string {
	if len(e.args) == 0 {
		if e.err == nil {
			e.err = errors.New("something is missing")
		}
		return ""
	}
	first := e.args[0]
	e.args = e.args[1:]
	return first
}

func (e *expression) next(text string) bool {
	if len(e.args) > 0 && e.args[0] == text {
		e.args = e.args[1:]
		return true
	}
	return false
}

func (e *expression) or() bool {
	value := e.and()
	for e.next("-o") {
		right := e.and()
		value = value || right
	}
	return value
}

func (e *expression) and() bool {
	value := e.term()
	for e.next("-a") {
		right := e.term()
		value = value && right
	}
	return value
}

func (e *expression) term() bool {
	switch {
	case len(e.args) == 0:
		return false
	case len(e.args) >= 3 && binary[e.args[1]] != nil:
		left, op, right := e.take(), e.take(), e.take()
		value, err := binary[op](left, right)
		if err != nil && e.err == nil {
			e.err = err
		}
		return value
	case len(e.args) > 1 && e.next("!"):
		return !e.term()
	case len(e.args) > 1 && e.next("("):
		value := e.or()
		if !e.next(")") && e.err == nil {
			e.err = errors.New(") is missing")
		}
		return value
	case len(e.args) > 1 && len(e.args[0]) == 2 && e.args[0][0] == '-':
		op := e.take()
		return e.unary(op[1], e.take())
	}
	return e.take() != ""
}

func (e *expression) unary(op byte, arg string) bool {
	switch op {
	case 'n':
		return arg != ""
	case 'z':
		return arg == ""
	case 't':
		fd, err := strconv.Atoi(arg)
		return err == nil && isTerminal(os.NewFile(uintptr(fd), ""))
	case 'r', 'w', 'x':
		bits := map[byte]uint32{'r': 4, 'w': 2, 'x': 1}
		return syscall.Access(arg, bits[op]) == nil
	case 'L', 'h':
		info, err := os.Lstat(arg)
		return err == nil && info.Mode()&fs.ModeSymlink != 0
	}
	info, err := os.Stat(arg)
	if err != nil {
		return false
	}
	switch op {
	case 'e':
		return true
	case 'f':
		return info.Mode().IsRegular()
	case 'd':
		return info.IsDir()
	case 's':
		return info.Size() > 0
	case 'p':
		return info.Mode()&fs.ModeNamedPipe != 0
	case 'S':
		return info.Mode()&fs.ModeSocket != 0
	case 'c':
		return info.Mode()&fs.ModeCharDevice != 0
	case 'b':
		return info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0
	case 'u':
		return info.Mode()&fs.ModeSetuid != 0
	case 'g':
		return info.Mode()&fs.ModeSetgid != 0
	}
	e.err = fmt.Errorf("unknown operator -%c", op)
	return false
}

var binary = map[string]func(a, b string) (bool, error){
	"=":   func(a, b string) (bool, error) { return a == b, nil },
	"==":  func(a, b string) (bool, error) { return a == b, nil },
	"!=":  func(a, b string) (bool, error) { return a != b, nil },
	"-eq": numbers(func(a, b int64) bool { return a == b }),
	"-ne": numbers(func(a, b int64) bool { return a != b }),
	"-lt": numbers(func(a, b int64) bool { return a < b }),
	"-le": numbers(func(a, b int64) bool { return a <= b }),
	"-gt": numbers(func(a, b int64) bool { return a > b }),
	"-ge": numbers(func(a, b int64) bool { return a >= b }),
}

func numbers(compare func(a, b int64) bool) func(a, b string) (bool, error) {
	return func(a, b string) (bool, error) {
		x, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return false, fmt.Errorf("%q is not a number", a)
		}
		y, err := strconv.ParseInt(b, 10, 64)
		if err != nil {
			return false, fmt.Errorf("%q is not a number", b)
		}
		return compare(x, y), nil
	}
}
