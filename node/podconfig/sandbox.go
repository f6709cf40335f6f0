package podconfig

import (
	"fmt"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Node is what a configuration needs to know of the machine.
type Node struct {
	// LogDir holds a directory of log files for each pod.
	LogDir string
	// HostName of the machine, for pods in its network.
	HostName string
	// DNS is the machine's resolver configuration.
	DNS DNS
	// Memory and cores of the machine, for out-of-memory scores.
	MemoryBytes int64
	// ClusterDomain, such as cluster.local.
	ClusterDomain string
	// FirstID is the host's id of root in the pod's user namespace, for a pod that has one.
	FirstID uint32
}

// DNS is a resolver configuration as in resolv.conf.
type DNS struct{ Servers, Searches, Options []string }

// PodLogDir is where a pod's log files are.
func PodLogDir(logDir string, pod *corev1.Pod) string {
	return filepath.Join(logDir, pod.Namespace+"_"+pod.Name+"_"+string(pod.UID))
}

// PodOfLogDir tells whose logs a directory has, by its name.
func PodOfLogDir(name string) (uid types.UID, ok bool) {
	parts := strings.Split(name, "_")
	if len(parts) != 3 {
		return "", false
	}
	return types.UID(parts[2]), true
}

// Sandbox makes the configuration of a pod's sandbox.
func Sandbox(pod *corev1.Pod, attempt uint32, n Node) *runtimeapi.PodSandboxConfig {
	config := &runtimeapi.PodSandboxConfig{
		Metadata:     &runtimeapi.PodSandboxMetadata{Name: pod.Name, Namespace: pod.Namespace, Uid: string(pod.UID), Attempt: attempt},
		Hostname:     HostName(pod, n.HostName, n.ClusterDomain),
		LogDirectory: PodLogDir(n.LogDir, pod),
		DnsConfig:    dns(pod, n.DNS),
		Labels:       podLabels(pod),
		Annotations:  pod.Annotations,
		Linux: &runtimeapi.LinuxPodSandboxConfig{
			SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
				NamespaceOptions: namespaces(pod, n),
				Privileged:       anyPrivileged(pod),
			},
			Sysctls:   sysctls(pod),
			Resources: PodResources(pod),
		},
	}
	if !pod.Spec.HostNetwork {
		config.PortMappings = ports(pod)
	}
	if sc := pod.Spec.SecurityContext; sc != nil {
		security := config.Linux.SecurityContext
		security.RunAsUser, security.RunAsGroup = int64Value(sc.RunAsUser), int64Value(sc.RunAsGroup)
		security.SupplementalGroups = sc.SupplementalGroups
		security.SelinuxOptions = selinux(sc.SELinuxOptions)
	}
	return config
}

// HostName is what a pod calls itself.
func HostName(pod *corev1.Pod, host, clusterDomain string) string {
	switch {
	case pod.Spec.HostNetwork:
		return host
	case pod.Spec.HostnameOverride != nil && *pod.Spec.HostnameOverride != "":
		return *pod.Spec.HostnameOverride
	}
	name := pod.Name
	if pod.Spec.Hostname != "" {
		name = pod.Spec.Hostname
	}
	const longest = 63 // a host name's label
	if len(name) > longest {
		name = name[:longest]
		for len(name) > 0 && (name[len(name)-1] == '-' || name[len(name)-1] == '.') {
			name = name[:len(name)-1]
		}
	}
	if domain := Domain(pod, clusterDomain); pod.Spec.SetHostnameAsFQDN != nil && *pod.Spec.SetHostnameAsFQDN && domain != "" {
		return name + "." + domain
	}
	return name
}

// CheckHostName refuses a full name that the kernel would not take as a host's.
func CheckHostName(pod *corev1.Pod, clusterDomain string) error {
	const longest = 64
	if pod.Spec.SetHostnameAsFQDN == nil || !*pod.Spec.SetHostnameAsFQDN {
		return nil
	}
	if name := HostName(pod, "", clusterDomain); len(name) > longest {
		return fmt.Errorf("failed to construct FQDN from pod hostname and cluster domain, FQDN %s is too long (%d characters is the max, %d characters requested)", name, longest, len(name))
	}
	return nil
}

// Domain is the pod's own domain, "" without a subdomain.
func Domain(pod *corev1.Pod, clusterDomain string) string {
	if pod.Spec.Subdomain == "" {
		return ""
	}
	return fmt.Sprintf("%s.%s.svc.%s", pod.Spec.Subdomain, pod.Namespace, clusterDomain)
}

// dns follows dnsPolicy. Without a cluster DNS (it comes with Services) ClusterFirst is what the machine has.
func dns(pod *corev1.Pod, host DNS) *runtimeapi.DNSConfig {
	config := &runtimeapi.DNSConfig{}
	if pod.Spec.DNSPolicy != corev1.DNSNone {
		config.Servers, config.Searches, config.Options = host.Servers, host.Searches, host.Options
	}
	if own := pod.Spec.DNSConfig; own != nil {
		config.Servers = appendNew(config.Servers, own.Nameservers)
		config.Searches = appendNew(config.Searches, own.Searches)
		for _, o := range own.Options {
			option := o.Name
			if o.Value != nil {
				option += ":" + *o.Value
			}
			config.Options = appendNew(config.Options, []string{option})
		}
	}
	return config
}

func appendNew(list, more []string) []string {
	out := append([]string(nil), list...)
	for _, m := range more {
		known := false
		for _, o := range out {
			known = known || o == m
		}
		if !known {
			out = append(out, m)
		}
	}
	return out
}

func ports(pod *corev1.Pod) []*runtimeapi.PortMapping {
	var list []*runtimeapi.PortMapping
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			for _, p := range containers[i].Ports {
				if p.HostPort == 0 {
					continue
				}
				list = append(list, &runtimeapi.PortMapping{Protocol: protocol(p.Protocol), ContainerPort: p.ContainerPort, HostPort: p.HostPort, HostIp: p.HostIP})
			}
		}
	}
	return list
}

func protocol(p corev1.Protocol) runtimeapi.Protocol {
	switch p {
	case corev1.ProtocolUDP:
		return runtimeapi.Protocol_UDP
	case corev1.ProtocolSCTP:
		return runtimeapi.Protocol_SCTP
	}
	return runtimeapi.Protocol_TCP
}

func namespaces(pod *corev1.Pod, n Node) *runtimeapi.NamespaceOption {
	o := &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_POD, Pid: runtimeapi.NamespaceMode_CONTAINER, Ipc: runtimeapi.NamespaceMode_POD}
	if pod.Spec.HostNetwork {
		o.Network = runtimeapi.NamespaceMode_NODE
	}
	if OwnUsers(pod) {
		o.UsernsOptions = &runtimeapi.UserNamespace{Mode: runtimeapi.NamespaceMode_POD, Uids: ids(n), Gids: ids(n)}
	}
	if pod.Spec.HostIPC {
		o.Ipc = runtimeapi.NamespaceMode_NODE
	}
	switch {
	case pod.Spec.HostPID:
		o.Pid = runtimeapi.NamespaceMode_NODE
	case pod.Spec.ShareProcessNamespace != nil && *pod.Spec.ShareProcessNamespace:
		o.Pid = runtimeapi.NamespaceMode_POD
	}
	return o
}

func anyPrivileged(pod *corev1.Pod) bool {
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			if sc := containers[i].SecurityContext; sc != nil && sc.Privileged != nil && *sc.Privileged {
				return true
			}
		}
	}
	return false
}

func sysctls(pod *corev1.Pod) map[string]string {
	if pod.Spec.SecurityContext == nil || len(pod.Spec.SecurityContext.Sysctls) == 0 {
		return nil
	}
	m := make(map[string]string, len(pod.Spec.SecurityContext.Sysctls))
	for _, s := range pod.Spec.SecurityContext.Sysctls {
		m[s.Name] = s.Value
	}
	return m
}

func int64Value(v *int64) *runtimeapi.Int64Value {
	if v == nil {
		return nil
	}
	return &runtimeapi.Int64Value{Value: *v}
}

func selinux(o *corev1.SELinuxOptions) *runtimeapi.SELinuxOption {
	if o == nil {
		return nil
	}
	return &runtimeapi.SELinuxOption{User: o.User, Role: o.Role, Type: o.Type, Level: o.Level}
}
