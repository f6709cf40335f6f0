package admit

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func list(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func sets(name string, edits ...func(*corev1.Pod)) Input {
	p := &corev1.Pod{Spec: corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{{Name: name, Value: "1"}}}}}
	for _, e := range edits {
		e(p)
	}
	return Input{Pod: p, UnsafeSysctls: []string{"kernel.msg*", "vm.swappiness"}}
}

func hostNetwork(p *corev1.Pod) { p.Spec.HostNetwork = true }
func hostIPC(p *corev1.Pod)     { p.Spec.HostIPC = true }

func wants(spec corev1.PodSpec) Input {
	return Input{Pod: &corev1.Pod{Spec: spec}, Node: &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"disk": "ssd"}},
		Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "gone", Effect: corev1.TaintEffectNoExecute}}}},
		HostPorts: []corev1.ContainerPort{{HostPort: 80, Protocol: corev1.ProtocolTCP, HostIP: "10.0.0.1"}}}
}

var tolerant = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}

func port(ip string, protocol corev1.Protocol) corev1.PodSpec {
	return corev1.PodSpec{Tolerations: tolerant, Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{HostPort: 80, HostIP: ip, Protocol: protocol}}}}}
}

func TestCheck(t *testing.T) {
	profile := &corev1.PodSecurityContext{AppArmorProfile: &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}}
	node := Input{Pod: &corev1.Pod{}, Requests: list("500m", "1Mi"), Taken: list("600m", "0"), Allocatable: list("1", "1Gi")}
	full := Input{Pod: &corev1.Pod{}, Pods: 2, Allocatable: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("2")}}
	for _, c := range []struct {
		name, want string
		in         Input
	}{
		{"nothing asked", "", Input{Pod: &corev1.Pod{}}},
		{"another system", "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS", Input{Pod: &corev1.Pod{Spec: corev1.PodSpec{OS: &corev1.PodOS{Name: corev1.Windows}}}}},
		{"safe", "", sets("net.ipv4.tcp_syncookies")},
		{"safe, with slashes", "", sets("net/ipv4/tcp_syncookies")},
		{"allowed by the administrator", "", sets("kernel.msgmax")},
		{"not allowed", `SysctlForbidden: forbidden sysctl: "net.core.somaxconn" not allowlisted`, sets("net.core.somaxconn")},
		{"allowed, but of no namespace", `SysctlForbidden: forbidden sysctl: "vm.swappiness" not allowlisted`, sets("vm.swappiness")},
		{"the machine's network", `SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled`, sets("net.ipv4.tcp_syncookies", hostNetwork)},
		{"the machine's queues", `SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowed with host ipc enabled`, sets("kernel.msgmax", hostIPC)},
		{"AppArmor", "AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host", Input{Pod: &corev1.Pod{Spec: corev1.PodSpec{SecurityContext: profile}}}},
		{"AppArmor where it is", "", Input{AppArmor: true, Pod: &corev1.Pod{Spec: corev1.PodSpec{SecurityContext: profile}}}},
		{"a node that suits", "", wants(corev1.PodSpec{NodeSelector: map[string]string{"disk": "ssd"}, Tolerations: tolerant})},
		{"a node that does not", "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector", wants(corev1.PodSpec{NodeSelector: map[string]string{"disk": "hdd"}, Tolerations: tolerant})},
		{"a taint", "TaintToleration: Predicate TaintToleration failed: node(s) had untolerated taint {gone: }", wants(corev1.PodSpec{})},
		{"a port that is taken", "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports", wants(port("", ""))},
		{"the port of another address", "", wants(port("10.0.0.2", ""))},
		{"the port of another protocol", "", wants(port("", corev1.ProtocolUDP))},
		{"too little", "OutOfcpu: Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000", node},
		{"too many", "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2", full},
	} {
		got := ""
		if why := Check(c.in); why != nil {
			got = why.Reason + ": " + why.Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
