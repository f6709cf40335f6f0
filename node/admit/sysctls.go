package admit

import (
	"fmt"
	"slices"
	"strings"
)

// safe are the sysctls that the documentation lists as safe: they belong to a namespace of the pod's own, and cannot harm others.
var safe = []string{
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
}

// namespaced are the beginnings of what belongs to a namespace at all: the network's, and that of interprocess communication.
var namespaced = []struct {
	prefix  string
	network bool
}{
	{"kernel.sem", false}, {"kernel.shm", false}, {"kernel.msg", false}, {"fs.mqueue.", false}, {"net.", true},
}

func sysctls(in Input) *Refusal {
	if in.Pod.Spec.SecurityContext == nil {
		return nil
	}
	for _, s := range in.Pod.Spec.SecurityContext.Sysctls {
		if why := sysctl(in, strings.ReplaceAll(s.Name, "/", ".")); why != "" {
			return &Refusal{"SysctlForbidden", fmt.Sprintf("forbidden sysctl: %q %s", s.Name, why)}
		}
	}
	return nil
}

// sysctl tells why a pod may not set it; "" where it may.
func sysctl(in Input, name string) string {
	if !slices.Contains(safe, name) && !slices.ContainsFunc(in.UnsafeSysctls, func(pattern string) bool { return matches(pattern, name) }) {
		return "not allowlisted"
	}
	for _, n := range namespaced {
		if !strings.HasPrefix(name, n.prefix) {
			continue
		}
		switch {
		case n.network && in.Pod.Spec.HostNetwork:
			return "not allowed with host net enabled"
		case !n.network && in.Pod.Spec.HostIPC:
			return "not allowed with host ipc enabled"
		}
		return ""
	}
	return "not allowlisted"
}

func matches(pattern, name string) bool {
	pattern = strings.ReplaceAll(pattern, "/", ".")
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
