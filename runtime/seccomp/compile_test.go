package seccomp

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	moby "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// run executes a filter in a BPF machine. The machine reads big endian, so the words are laid out that way.
func run(t testing.TB, code []unix.SockFilter, audit, number uint32, args ...uint64) uint32 {
	t.Helper()
	raw := make([]bpf.RawInstruction, len(code))
	for i, c := range code {
		raw[i] = bpf.RawInstruction{Op: c.Code, Jt: c.Jt, Jf: c.Jf, K: c.K}
	}
	instructions, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the program has an unknown instruction")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[offsetNumber:], number)
	binary.BigEndian.PutUint32(data[offsetArch:], audit)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[offsetArgs+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[offsetArgs+8*i+4:], uint32(a>>32))
	}
	got, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(got)
}

const (
	allow = uint32(unix.SECCOMP_RET_ALLOW)
	eperm = uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.EPERM)
)

var native = arch{audit: unix.AUDIT_ARCH_X86_64, calls: callsAMD64, x32: true}

func TestComparisons(t *testing.T) {
	const big = uint64(5)<<32 | 7
	near := []uint64{0, 1, 7, big - 1, big, big + 1, big - 1<<32, big + 1<<32, 5 << 32, 6 << 32, 1<<64 - 1}
	for op, holds := range map[specs.LinuxSeccompOperator]func(v uint64) bool{
		specs.OpEqualTo:      func(v uint64) bool { return v == big },
		specs.OpNotEqual:     func(v uint64) bool { return v != big },
		specs.OpGreaterThan:  func(v uint64) bool { return v > big },
		specs.OpGreaterEqual: func(v uint64) bool { return v >= big },
		specs.OpLessThan:     func(v uint64) bool { return v < big },
		specs.OpLessEqual:    func(v uint64) bool { return v <= big },
		specs.OpMaskedEqual:  func(v uint64) bool { return v&big == 5<<32 },
	} {
		p := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{
			Names: []string{"ioctl"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Index: 3, Op: op, Value: big, ValueTwo: 5 << 32}},
		}}}
		code, err := compile(p, []arch{native})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range near {
			want := eperm
			if holds(v) {
				want = allow
			}
			if got := run(t, code, native.audit, callsAMD64["ioctl"], 0, 0, 0, v); got != want {
				t.Errorf("%s %#x of %#x: %#x, want %#x", op, v, big, got, want)
			}
		}
	}
}

func TestRules(t *testing.T) {
	one := uint(1)
	eq := func(i uint, v uint64) specs.LinuxSeccompArg {
		return specs.LinuxSeccompArg{Index: i, Op: specs.OpEqualTo, Value: v}
	}
	p := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: &one, Syscalls: []specs.LinuxSyscall{
		{Names: []string{"read", "write", "no_such_call"}, Action: specs.ActAllow},
		{Names: []string{"socket"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{eq(0, 2), eq(1, 1)}},
		{Names: []string{"socket"}, Action: specs.ActTrap, Args: []specs.LinuxSeccompArg{eq(0, 40)}},
		{Names: []string{"personality"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{eq(0, 0), eq(0, 8)}},
		{Names: []string{"clone"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{eq(0, 1)}},
		{Names: []string{"clone"}, Action: specs.ActAllow},
		{Names: []string{"reboot"}, Action: specs.ActKillProcess},
	}}
	code, err := compile(p, []arch{native})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		call uint32
		args []uint64
		want uint32
	}{
		{"named", callsAMD64["read"], nil, allow},
		{"not named", callsAMD64["open"], nil, eperm},
		{"all conditions hold", callsAMD64["socket"], []uint64{2, 1}, allow},
		{"one of two holds", callsAMD64["socket"], []uint64{2, 2}, eperm},
		{"the second rule", callsAMD64["socket"], []uint64{40, 9}, unix.SECCOMP_RET_TRAP},
		{"the same argument twice: first", callsAMD64["personality"], []uint64{0}, allow},
		{"the same argument twice: second", callsAMD64["personality"], []uint64{8}, allow},
		{"the same argument twice: neither", callsAMD64["personality"], []uint64{1}, eperm},
		{"unconditional wins", callsAMD64["clone"], []uint64{1}, allow},
		{"kill", callsAMD64["reboot"], nil, unix.SECCOMP_RET_KILL_PROCESS},
		{"a call of the future", 4000, nil, uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.ENOSYS)},
		{"x32", x32Bit | callsAMD64["read"], nil, eperm},
	} {
		if got := run(t, code, native.audit, test.call, test.args...); got != test.want {
			t.Errorf("%s: %#x, want %#x", test.name, got, test.want)
		}
	}
	if got := run(t, code, unix.AUDIT_ARCH_S390X, callsAMD64["read"]); got != unix.SECCOMP_RET_KILL_PROCESS {
		t.Errorf("another architecture: %#x", got)
	}
}

// meaning is what a profile says, read naively.
func meaning(p *specs.LinuxSeccomp, a arch, number uint32, args []uint64) uint32 {
	last := uint32(0)
	var named, conditional []specs.LinuxSyscall
	for _, s := range p.Syscalls {
		for _, n := range s.Names {
			got, ok := a.calls[n]
			if ok {
				last = max(last, got)
			}
			if ok && got == number {
				if len(s.Args) == 0 {
					named = append(named, s)
				} else {
					conditional = append(conditional, s)
				}
			}
		}
	}
	if len(named) > 0 {
		act, _ := action(named[len(named)-1].Action, named[len(named)-1].ErrnoRet)
		return act
	}
	for _, s := range conditional {
		holds := func(c specs.LinuxSeccompArg) bool {
			v := args[c.Index]
			switch c.Op {
			case specs.OpEqualTo:
				return v == c.Value
			case specs.OpNotEqual:
				return v != c.Value
			case specs.OpMaskedEqual:
				return v&c.Value == c.ValueTwo
			case specs.OpLessThan:
				return v < c.Value
			case specs.OpLessEqual:
				return v <= c.Value
			case specs.OpGreaterThan:
				return v > c.Value
			case specs.OpGreaterEqual:
				return v >= c.Value
			}
			panic(c.Op)
		}
		all := true
		for _, c := range s.Args {
			all = all && holds(c)
		}
		if all {
			act, _ := action(s.Action, s.ErrnoRet)
			return act
		}
	}
	if number > last {
		return unknownCall(p, eperm)
	}
	act, _ := action(p.DefaultAction, p.DefaultErrnoRet)
	return act
}

func TestDefaultProfileMeansWhatItSays(t *testing.T) {
	for _, caps := range [][]string{nil, {"CAP_SYS_ADMIN", "CAP_BPF"}} {
		p, err := moby.GetDefaultProfile(&specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: caps}}})
		if err != nil {
			t.Fatal(err)
		}
		list := []arch{native, {audit: unix.AUDIT_ARCH_I386, calls: calls386}}
		code, err := compile(p, list)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("with %v: %d instructions", caps, len(code))
		random := rand.New(rand.NewPCG(1, 2))
		values := []uint64{0, 8, 39, 40, 41, 0x20000, 0x20008, 0xffffffff, 0x7E020000, 1 << 32, 1<<64 - 1}
		for _, a := range list {
			for number := range uint32(520) {
				for range 12 {
					args := make([]uint64, 6)
					for i := range args {
						args[i] = values[random.IntN(len(values))]
					}
					if got, want := run(t, code, a.audit, number, args...), meaning(p, a, number, args); got != want {
						t.Fatalf("call %d of %#x with %#x: %#x, want %#x", number, a.audit, args, got, want)
					}
				}
			}
		}
	}
}

func TestRefusedProfiles(t *testing.T) {
	for name, p := range map[string]*specs.LinuxSeccomp{
		"no such action":     {DefaultAction: "SCMP_ACT_PRAISE"},
		"notify":             {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActNotify}}},
		"seventh argument":   {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 6, Op: specs.OpEqualTo}}}}},
		"no such comparison": {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Op: "SCMP_CMP_LIKE"}}}}},
		"no such flag":       {DefaultAction: specs.ActAllow, Flags: []specs.LinuxSeccompFlag{"X"}},
	} {
		if _, err := Compile(p); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestProfilesAreCompiledOnce(t *testing.T) {
	p := NewProfiles(t.TempDir())
	a, err := p.RuntimeDefault([]string{"CAP_CHOWN", "CAP_KILL"})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := p.RuntimeDefault([]string{"CAP_KILL", "CAP_CHOWN"}); a != b {
		t.Error("the same profile was compiled twice")
	}
	path := filepath.Join(p.dir, "audit.json")
	if err := os.WriteFile(path, []byte(`{"defaultAction":"SCMP_ACT_LOG"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := p.Localhost("audit.json", nil)
	if err != nil || len(f.Program) == 0 {
		t.Fatalf("%v, %v", f, err)
	}
	for name, text := range map[string]string{"../../etc/passwd": "", "broken.json": "{", "empty.json": "{}"} {
		if text != "" {
			if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Localhost(name, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCompileDefault(b *testing.B) {
	for i := range b.N {
		if _, err := NewProfiles("").RuntimeDefault([]string{fmt.Sprint("CAP_", i)}); err != nil {
			b.Fatal(err)
		}
	}
}
