package seccomp

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Filter is a compiled profile.
type Filter struct {
	// Program are raw sock_filter instructions in the machine's byte order.
	Program []byte
	// Flags are SECCOMP_FILTER_FLAG_ values to load it with.
	Flags uint32
}

// programMax is the kernel's limit on instructions.
const programMax = unix.BPF_MAXINSNS

// Offsets in struct seccomp_data.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
)

// Compile turns a profile into a filter.
func Compile(p *specs.LinuxSeccomp) (*Filter, error) {
	list, err := arches()
	if err != nil {
		return nil, err
	}
	code, err := compile(p, list)
	if err != nil {
		return nil, err
	}
	flags, err := loadFlags(p.Flags)
	if err != nil {
		return nil, err
	}
	return &Filter{Program: assemble(code), Flags: flags}, nil
}

func loadFlags(names []specs.LinuxSeccompFlag) (flags uint32, err error) {
	for _, f := range names {
		switch f {
		case specs.LinuxSeccompFlagLog:
			flags |= unix.SECCOMP_FILTER_FLAG_LOG
		case specs.LinuxSeccompFlagSpecAllow:
			flags |= unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
		case "SECCOMP_FILTER_FLAG_TSYNC": // the loading process has one thread that stays
		default:
			return 0, fmt.Errorf("the seccomp flag %q is not supported", f)
		}
	}
	return flags, nil
}

func compile(p *specs.LinuxSeccomp, list []arch) ([]unix.SockFilter, error) {
	fallback, err := action(p.DefaultAction, p.DefaultErrnoRet)
	if err != nil {
		return nil, fmt.Errorf("default action: %w", err)
	}
	code := []unix.SockFilter{load(offsetArch)}
	for _, a := range list {
		part, err := compileArch(p, a, fallback)
		if err != nil {
			return nil, err
		}
		// Further than 255 instructions only an unconditional jump can go.
		code = append(code, jump(unix.BPF_JEQ, a.audit, 1, 0), skip(len(part)))
		code = append(code, part...)
	}
	code = append(code, ret(unix.SECCOMP_RET_KILL_PROCESS)) // an unknown calling convention
	if len(code) > programMax {
		return nil, fmt.Errorf("the profile needs %d instructions, the kernel takes %d", len(code), programMax)
	}
	return code, nil
}

func compileArch(p *specs.LinuxSeccomp, a arch, fallback uint32) ([]unix.SockFilter, error) {
	rules, err := rulesOf(p, a)
	if err != nil {
		return nil, err
	}
	search := decide(intervals(rules, fallback, unknownCall(p, fallback)))
	code := []unix.SockFilter{load(offsetNumber)}
	if a.x32 {
		code = append(code, jump(unix.BPF_JGE, x32Bit, 0, 1), ret(fallback))
	}
	return append(code, search...), nil
}

// unknownCall is what a call gets whose number lies beyond all that the profile names: programs try new calls and fall
// back on "no such call", but not on "not permitted".
func unknownCall(p *specs.LinuxSeccomp, fallback uint32) uint32 {
	if p.DefaultAction == specs.ActErrno {
		return unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	}
	return fallback
}

// call is what the profile says about one system call.
type call struct {
	// always is the action without looking at arguments, if there is one; it wins over rules on arguments.
	always *uint32
	rules  []rule
}

// rule holds when all its conditions do.
type rule struct {
	conditions []specs.LinuxSeccompArg
	action     uint32
}

func rulesOf(p *specs.LinuxSeccomp, a arch) (map[uint32]*call, error) {
	calls := map[uint32]*call{}
	for _, s := range p.Syscalls {
		act, err := action(s.Action, s.ErrnoRet)
		if err != nil {
			return nil, fmt.Errorf("action of %v: %w", s.Names, err)
		}
		for _, c := range s.Args {
			if c.Index > 5 {
				return nil, fmt.Errorf("%v: a system call has no argument %d", s.Names, c.Index)
			}
			if !slices.Contains(operators, c.Op) {
				return nil, fmt.Errorf("%v: the comparison %q is not supported", s.Names, c.Op)
			}
		}
		for _, name := range s.Names {
			number, known := a.calls[name]
			if !known {
				continue // of another architecture, or newer than the table
			}
			c := calls[number]
			if c == nil {
				c = &call{}
				calls[number] = c
			}
			if len(s.Args) == 0 {
				c.always = &act
				continue
			}
			c.rules = append(c.rules, split(s.Args, act)...)
		}
	}
	return calls, nil
}

// split makes rules of one entry's conditions. They must all hold, but conditions on the same argument are alternatives:
// that is how the field's runtimes have always read profiles.
func split(args []specs.LinuxSeccompArg, act uint32) []rule {
	seen := map[uint]bool{}
	for _, a := range args {
		if seen[a.Index] {
			rules := make([]rule, len(args))
			for i, a := range args {
				rules[i] = rule{[]specs.LinuxSeccompArg{a}, act}
			}
			return rules
		}
		seen[a.Index] = true
	}
	return []rule{{args, act}}
}

// interval is a run of numbers from start up to the next interval that are treated alike.
type interval struct {
	start uint32
	code  []unix.SockFilter
}

func intervals(calls map[uint32]*call, fallback, unknown uint32) []interval {
	numbers := make([]uint32, 0, len(calls))
	for n := range calls {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var list []interval
	add := func(start uint32, code []unix.SockFilter) {
		if n := len(list); n == 0 || len(code) != 1 || !slices.Equal(list[n-1].code, code) {
			list = append(list, interval{start, code})
		}
	}
	next := uint32(0)
	for _, n := range numbers {
		if n > next {
			add(next, []unix.SockFilter{ret(fallback)})
		}
		add(n, calls[n].code(fallback))
		next = n + 1
	}
	add(next, []unix.SockFilter{ret(unknown)})
	return list
}

func (c *call) code(fallback uint32) []unix.SockFilter {
	if c.always != nil {
		return []unix.SockFilter{ret(*c.always)}
	}
	code := []unix.SockFilter{ret(fallback)}
	for _, r := range slices.Backward(c.rules) {
		code = append(r.code(), code...)
	}
	return code
}

// decide is a binary search: every jump is relative and forward, so a half's code does not depend on where it lies.
func decide(list []interval) []unix.SockFilter {
	if len(list) == 1 {
		return list[0].code
	}
	middle := len(list) / 2
	below, above := decide(list[:middle]), decide(list[middle:])
	var code []unix.SockFilter
	if len(below) <= 255 {
		code = append(code, jump(unix.BPF_JGE, list[middle].start, len(below), 0))
	} else {
		code = append(code, jump(unix.BPF_JGE, list[middle].start, 0, 1), skip(len(below)))
	}
	return append(append(code, below...), above...)
}

func action(a specs.LinuxSeccompAction, errno *uint) (uint32, error) {
	data := uint32(unix.EPERM)
	if errno != nil {
		if *errno > unix.SECCOMP_RET_DATA {
			return 0, fmt.Errorf("%d is no error number", *errno)
		}
		data = uint32(*errno)
	}
	switch a {
	case specs.ActAllow:
		return unix.SECCOMP_RET_ALLOW, nil
	case specs.ActErrno:
		return unix.SECCOMP_RET_ERRNO | data, nil
	case specs.ActKill, specs.ActKillThread:
		return unix.SECCOMP_RET_KILL_THREAD, nil
	case specs.ActKillProcess:
		return unix.SECCOMP_RET_KILL_PROCESS, nil
	case specs.ActTrap:
		return unix.SECCOMP_RET_TRAP, nil
	case specs.ActTrace:
		return unix.SECCOMP_RET_TRACE | data, nil
	case specs.ActLog:
		return unix.SECCOMP_RET_LOG, nil
	}
	return 0, fmt.Errorf("%q is not supported", a)
}

func assemble(code []unix.SockFilter) []byte {
	b := make([]byte, 0, 8*len(code))
	for _, i := range code {
		b = binary.NativeEndian.AppendUint16(b, i.Code)
		b = append(b, i.Jt, i.Jf)
		b = binary.NativeEndian.AppendUint32(b, i.K)
	}
	return b
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func ret(value uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
}

func skip(n int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(n)}
}

func jump(op uint16, value uint32, yes, no int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, Jt: uint8(yes), Jf: uint8(no), K: value}
}
