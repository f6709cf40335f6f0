package seccomp

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

var operators = []specs.LinuxSeccompOperator{
	specs.OpEqualTo, specs.OpNotEqual, specs.OpGreaterThan, specs.OpGreaterEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpMaskedEqual,
}

// Where a step of a condition goes on: the next step, the next condition, or out of the rule.
type where int

const (
	next where = iota
	pass
	fail
)

type step struct {
	ins     unix.SockFilter
	yes, no where
}

// code tests the rule's conditions in order and returns its action; a condition that fails goes on behind it.
func (r rule) code() []unix.SockFilter {
	code := []unix.SockFilter{ret(r.action)}
	for _, c := range slices.Backward(r.conditions) {
		code = append(place(steps(c), len(code)), code...)
	}
	return code
}

// place turns steps into instructions, rest being how many follow them in the rule.
func place(list []step, rest int) []unix.SockFilter {
	code := make([]unix.SockFilter, len(list))
	for i, s := range list {
		left := len(list) - i - 1
		distance := func(w where) uint8 {
			switch w {
			case pass:
				return uint8(left)
			case fail:
				return uint8(left + rest)
			}
			return 0
		}
		code[i] = s.ins
		if s.ins.Code&7 == unix.BPF_JMP {
			code[i].Jt, code[i].Jf = distance(s.yes), distance(s.no)
		}
	}
	return code
}

// steps compares a 64-bit argument, as two halves because the machine has 32 bits.
func steps(c specs.LinuxSeccompArg) []step {
	low := offsetArgs + 8*uint32(c.Index) // little endian, as every supported architecture is
	hi, lo := uint32(c.Value>>32), uint32(c.Value)
	loadHi, loadLo := step{ins: load(low + 4)}, step{ins: load(low)}
	test := func(op uint16, value uint32, yes, no where) step { return step{jump(op, value, 0, 0), yes, no} }
	const eq, gt, ge = unix.BPF_JEQ, unix.BPF_JGT, unix.BPF_JGE
	switch c.Op {
	case specs.OpEqualTo:
		return []step{loadHi, test(eq, hi, next, fail), loadLo, test(eq, lo, pass, fail)}
	case specs.OpNotEqual:
		return []step{loadHi, test(eq, hi, next, pass), loadLo, test(eq, lo, fail, pass)}
	case specs.OpGreaterThan:
		return []step{loadHi, test(gt, hi, pass, next), test(eq, hi, next, fail), loadLo, test(gt, lo, pass, fail)}
	case specs.OpGreaterEqual:
		return []step{loadHi, test(gt, hi, pass, next), test(eq, hi, next, fail), loadLo, test(ge, lo, pass, fail)}
	case specs.OpLessThan:
		return []step{loadHi, test(gt, hi, fail, next), test(eq, hi, next, pass), loadLo, test(ge, lo, fail, pass)}
	case specs.OpLessEqual:
		return []step{loadHi, test(gt, hi, fail, next), test(eq, hi, next, pass), loadLo, test(gt, lo, fail, pass)}
	case specs.OpMaskedEqual: // Value is the mask, ValueTwo what must be left
		and := func(mask uint32) step {
			return step{ins: unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: mask}}
		}
		return []step{
			loadHi, and(hi), test(eq, uint32(c.ValueTwo>>32), next, fail),
			loadLo, and(lo), test(eq, uint32(c.ValueTwo), pass, fail),
		}
	}
	return []step{test(eq, 0, fail, fail)} // unreachable: Compile refused the operator
}
