package podconfig

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Paths below /proc and /sys that a container does not see, or cannot write, with procMount Default.
var (
	maskedPaths = []string{"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"}
	readonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

// securityContext merges the pod's security context with the container's, which wins.
func securityContext(pod *corev1.Pod, c *corev1.Container, n Node) (*runtimeapi.LinuxContainerSecurityContext, error) {
	out := &runtimeapi.LinuxContainerSecurityContext{NamespaceOptions: namespaces(pod, n), MaskedPaths: maskedPaths, ReadonlyPaths: readonlyPaths}
	p, own := pod.Spec.SecurityContext, c.SecurityContext
	if p == nil {
		p = &corev1.PodSecurityContext{}
	}
	if own == nil {
		own = &corev1.SecurityContext{}
	}
	out.RunAsUser = int64Value(first(own.RunAsUser, p.RunAsUser))
	out.RunAsGroup = int64Value(first(own.RunAsGroup, p.RunAsGroup))
	out.SupplementalGroups = append(out.SupplementalGroups, p.SupplementalGroups...)
	if p.FSGroup != nil {
		out.SupplementalGroups = append(out.SupplementalGroups, *p.FSGroup)
	}
	if p.SupplementalGroupsPolicy != nil && *p.SupplementalGroupsPolicy == corev1.SupplementalGroupsPolicyStrict {
		out.SupplementalGroupsPolicy = runtimeapi.SupplementalGroupsPolicy_Strict
	}
	if runAsNonRoot := first(own.RunAsNonRoot, p.RunAsNonRoot); runAsNonRoot != nil && *runAsNonRoot && out.RunAsUser != nil && out.RunAsUser.Value == 0 {
		return nil, fmt.Errorf("container's runAsUser breaks non-root policy (pod: %q, container: %s)", pod.Namespace+"/"+pod.Name, c.Name)
	}
	out.Privileged = own.Privileged != nil && *own.Privileged
	out.ReadonlyRootfs = own.ReadOnlyRootFilesystem != nil && *own.ReadOnlyRootFilesystem
	out.NoNewPrivs = own.AllowPrivilegeEscalation != nil && !*own.AllowPrivilegeEscalation
	out.SelinuxOptions = selinux(first(own.SELinuxOptions, p.SELinuxOptions))
	out.Seccomp = seccomp(first(own.SeccompProfile, p.SeccompProfile), out.Privileged)
	out.Apparmor = apparmor(first(own.AppArmorProfile, p.AppArmorProfile))
	if caps := own.Capabilities; caps != nil {
		out.Capabilities = &runtimeapi.Capability{AddCapabilities: names(caps.Add), DropCapabilities: names(caps.Drop)}
	}
	if out.Privileged || own.ProcMount != nil && *own.ProcMount == corev1.UnmaskedProcMount {
		out.MaskedPaths, out.ReadonlyPaths = nil, nil
	}
	return out, nil
}

// Labelled tells whether anything of a pod has SELinux options.
func Labelled(pod *corev1.Pod) bool {
	if sc := pod.Spec.SecurityContext; sc != nil && sc.SELinuxOptions != nil {
		return true
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if sc := list[i].SecurityContext; sc != nil && sc.SELinuxOptions != nil {
				return true
			}
		}
	}
	return false
}

// first returns the container's setting, else the pod's.
func first[T any](own, pods *T) *T {
	if own != nil {
		return own
	}
	return pods
}

// seccomp confines by the runtime's profile unless the pod says otherwise: Kubernetes leaves that default to the node, and
// the stricter one is right for a cluster that is made by one command.
func seccomp(p *corev1.SeccompProfile, privileged bool) *runtimeapi.SecurityProfile {
	switch {
	case privileged, p != nil && p.Type == corev1.SeccompProfileTypeUnconfined:
		return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Unconfined}
	case p != nil && p.Type == corev1.SeccompProfileTypeLocalhost && p.LocalhostProfile != nil:
		return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Localhost, LocalhostRef: *p.LocalhostProfile}
	}
	return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_RuntimeDefault}
}

func apparmor(p *corev1.AppArmorProfile) *runtimeapi.SecurityProfile {
	switch {
	case p == nil:
		return nil
	case p.Type == corev1.AppArmorProfileTypeUnconfined:
		return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Unconfined}
	case p.Type == corev1.AppArmorProfileTypeLocalhost && p.LocalhostProfile != nil:
		return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Localhost, LocalhostRef: *p.LocalhostProfile}
	}
	return &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_RuntimeDefault}
}

func names(caps []corev1.Capability) []string {
	list := make([]string, len(caps))
	for i, c := range caps {
		list[i] = string(c)
	}
	return list
}
