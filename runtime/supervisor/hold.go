package supervisor

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// IDRange is a run of user or group ids inside a user namespace, and where they are outside.
type IDRange struct{ Inside, Outside, Count uint32 }

// Holder is a process that holds namespaces open.
type Holder struct {
	PID     int
	in, out *os.File
}

// Hold makes a user namespace with these ids, and in it further namespaces, the CLONE_ flags of which are given. They live as
// long as the process does, or whatever pins or enters them. Sysctls, by their paths, are set inside.
func (p *Program) Hold(flags uintptr, uids, gids []IDRange, sysctls map[string]string) (*Holder, error) {
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	defer stdout.Close()
	h := &Holder{in: in, out: out}
	attr := syscall.ProcAttr{Env: env, Files: []uintptr{stdin.Fd(), stdout.Fd()}, Sys: &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | flags, UidMappings: mappings(uids), GidMappings: mappings(gids), GidMappingsEnableSetgroups: true,
		Credential: &syscall.Credential{Uid: 0, Gid: 0}, Pdeathsig: syscall.SIGKILL,
	}}
	h.PID, err = syscall.ForkExec("/proc/self/fd/"+strconv.Itoa(int(p.file.Fd())), []string{"argosy-supervisor", "hold"}, &attr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a user namespace (sysctl user.max_user_namespaces must not be 0): %w", err), in.Close(), out.Close())
	}
	stdout.Close() // so that its end is seen
	if err := h.set(sysctls); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

func (h *Holder) set(sysctls map[string]string) error {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(sysctls)) {
		fmt.Fprintf(&b, "%s=%s\n", path, sysctls[path])
	}
	b.WriteString(".\n")
	if _, err := h.in.WriteString(b.String()); err != nil {
		return fmt.Errorf("setting the pod's sysctls: %w", err)
	}
	answer := make([]byte, 4096)
	n, err := h.out.Read(answer)
	if err != nil {
		return fmt.Errorf("setting the pod's sysctls: the process in its user namespace ended: %w", err)
	}
	if text := string(answer[:n]); text != "." {
		return errors.New(text)
	}
	return nil
}

// Release ends the process.
func (h *Holder) Release() {
	h.in.Close()
	h.out.Close()
	for {
		if _, err := syscall.Wait4(h.PID, nil, 0, nil); err != syscall.EINTR {
			return
		}
	}
}

func mappings(ranges []IDRange) []syscall.SysProcIDMap {
	list := make([]syscall.SysProcIDMap, len(ranges))
	for i, r := range ranges {
		list[i] = syscall.SysProcIDMap{ContainerID: int(r.Inside), HostID: int(r.Outside), Size: int(r.Count)}
	}
	return list
}
