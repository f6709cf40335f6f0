package spec

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

// capabilityNames, by number.
var capabilityNames = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE",
	"SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
	"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

// defaultCapabilities are what every container runtime gives a container that asks for nothing.
const defaultCapabilities = 1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FSETID | 1<<unix.CAP_FOWNER |
	1<<unix.CAP_MKNOD | 1<<unix.CAP_NET_RAW | 1<<unix.CAP_SETGID | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETFCAP |
	1<<unix.CAP_SETPCAP | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_SYS_CHROOT | 1<<unix.CAP_KILL | 1<<unix.CAP_AUDIT_WRITE

// Capabilities works out a container's sets, and which of the wished names could not be had. own is what this process
// has itself: more it cannot give.
func Capabilities(sc *runtimeapi.LinuxContainerSecurityContext, own uint64) (c wire.Capabilities, unknown []string) {
	set := uint64(defaultCapabilities)
	add, drop := sc.GetCapabilities().GetAddCapabilities(), sc.GetCapabilities().GetDropCapabilities()
	switch {
	case sc.GetPrivileged(), has(add, "ALL"):
		set = own
	}
	if sc.GetPrivileged() {
		add, drop = nil, nil
	}
	if has(drop, "ALL") {
		set = 0
	}
	for _, name := range add {
		bit, ok := capability(name)
		if !ok || bit&^own != 0 {
			if !isAll(name) {
				unknown = append(unknown, name)
			}
			continue
		}
		set |= bit
	}
	for _, name := range drop {
		if bit, ok := capability(name); ok {
			set &^= bit
		}
	}
	set &= own
	for _, name := range sc.GetCapabilities().GetAddAmbientCapabilities() {
		if bit, ok := capability(name); ok && bit&set != 0 {
			c.Ambient |= bit
		} else {
			unknown = append(unknown, name)
		}
	}
	c.Bounding, c.Permitted, c.Effective = set, set, set
	c.Inheritable = c.Ambient // the kernel refuses an ambient capability that is not inheritable
	return c, unknown
}

// checkCapabilities refuses names that no kernel has. What a kernel has and this process has not is left out instead: the documentation
// promises no more.
func checkCapabilities(sc *runtimeapi.LinuxContainerSecurityContext) error {
	if sc.GetPrivileged() {
		return nil
	}
	for _, list := range [][]string{sc.GetCapabilities().GetAddCapabilities(), sc.GetCapabilities().GetDropCapabilities()} {
		for _, name := range list {
			if _, ok := capability(name); !ok && !isAll(name) {
				return fmt.Errorf("unknown capability %q", name)
			}
		}
	}
	return nil
}

// CapabilityNames lists a set's members as CAP_NAME.
func CapabilityNames(set uint64) []string {
	var list []string
	for i, name := range capabilityNames {
		if set>>i&1 == 1 {
			list = append(list, "CAP_"+name)
		}
	}
	return list
}

func capability(name string) (uint64, bool) {
	i := slices.Index(capabilityNames, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

func has(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) || strings.EqualFold(s, "CAP_"+name) })
}

func isAll(name string) bool { return has([]string{name}, "ALL") }
