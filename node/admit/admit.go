package admit

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/facts/nodes"
	"argosy.dev/facts/taints"
)

// Input is everything that a decision depends on.
type Input struct {
	Pod *corev1.Pod
	// Requests are what the pod takes.
	Requests corev1.ResourceList
	// Node is the node's object; nil while there is none.
	Node *corev1.Node
	// Allocatable is what pods may take of the node, Taken what those that it has take already; Pods is their number.
	Allocatable, Taken corev1.ResourceList
	Pods               int
	// HostPorts that the others have.
	HostPorts []corev1.ContainerPort
	// Pressed is why a machine that is short of something does not take the pod; "" where it does.
	Pressed string
	// AppArmor: the kernel has it.
	AppArmor bool
	// UnsafeSysctls may be set although they are not known to be safe: names, or beginnings of names with a star.
	UnsafeSysctls []string
}

// Refusal is why a pod is not taken.
type Refusal struct{ Reason, Message string }

// Check tells why the node does not take the pod; nil where it does.
func Check(in Input) *Refusal {
	for _, check := range [...]func(Input) *Refusal{pressed, system, sysctls, appArmor, placement, claims, ports, room} {
		if why := check(in); why != nil {
			return why
		}
	}
	return nil
}

// pressed comes first: a pod that cannot stay need not be looked at further.
func pressed(in Input) *Refusal {
	if in.Pressed != "" {
		return &Refusal{"Evicted", in.Pressed}
	}
	return nil
}

func system(in Input) *Refusal {
	if in.Pod.Spec.OS != nil && in.Pod.Spec.OS.Name != corev1.Linux {
		return &Refusal{"PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"}
	}
	return nil
}

func appArmor(in Input) *Refusal {
	if in.AppArmor {
		return nil
	}
	wants := func(p *corev1.AppArmorProfile) bool {
		return p != nil && p.Type != corev1.AppArmorProfileTypeUnconfined
	}
	asked := in.Pod.Spec.SecurityContext != nil && wants(in.Pod.Spec.SecurityContext.AppArmorProfile)
	for _, list := range [][]corev1.Container{in.Pod.Spec.InitContainers, in.Pod.Spec.Containers} {
		for i := range list {
			asked = asked || list[i].SecurityContext != nil && wants(list[i].SecurityContext.AppArmorProfile)
		}
	}
	if asked {
		return &Refusal{"AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host"}
	}
	return nil
}

// placement holds the pod's own wishes against the node, and the node's taints against the pod.
func placement(in Input) *Refusal {
	if in.Node == nil {
		return nil
	}
	if a := in.Pod.Spec.Affinity; len(in.Pod.Spec.NodeSelector) > 0 || a != nil && a.NodeAffinity != nil {
		if ok, err := nodes.Suits(in.Pod, in.Node); err != nil || !ok {
			return &Refusal{"NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"}
		}
	}
	if t, found := taints.Untolerated(in.Node.Spec.Taints, in.Pod.Spec.Tolerations, corev1.TaintEffectNoExecute); found {
		return &Refusal{"TaintToleration", fmt.Sprintf("Predicate TaintToleration failed: node(s) had untolerated taint {%s: %s}", t.Key, t.Value)}
	}
	return nil
}

// claims refuses devices that come by resource claims, as long as no driver can be asked for them.
func claims(in Input) *Refusal {
	if len(in.Pod.Spec.ResourceClaims) > 0 {
		return &Refusal{"UnexpectedAdmissionError", "Resource claims need a driver on the node, and this node cannot talk to drivers yet"}
	}
	return nil
}

func ports(in Input) *Refusal {
	if len(in.HostPorts) == 0 {
		return nil
	}
	for _, own := range HostPorts(in.Pod) {
		if slices.ContainsFunc(in.HostPorts, func(p corev1.ContainerPort) bool { return meet(own, p) }) {
			return &Refusal{"NodePorts", "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"}
		}
	}
	return nil
}

// HostPorts are the ports of the machine that a pod takes.
func HostPorts(pod *corev1.Pod) []corev1.ContainerPort {
	var list []corev1.ContainerPort
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			for _, p := range containers[i].Ports {
				if p.HostPort > 0 {
					list = append(list, p)
				}
			}
		}
	}
	return list
}

func meet(a, b corev1.ContainerPort) bool {
	any := func(ip string) bool { return ip == "" || ip == "0.0.0.0" || ip == "::" }
	protocol := func(p corev1.Protocol) corev1.Protocol {
		if p == "" {
			return corev1.ProtocolTCP
		}
		return p
	}
	return a.HostPort == b.HostPort && protocol(a.Protocol) == protocol(b.Protocol) && (a.HostIP == b.HostIP || any(a.HostIP) || any(b.HostIP))
}

// room holds what the pod asks for against what is left.
func room(in Input) *Refusal {
	if most, ok := in.Allocatable[corev1.ResourcePods]; ok && int64(in.Pods)+1 > most.Value() {
		return short(corev1.ResourcePods, 1, int64(in.Pods), most.Value())
	}
	name, ok := Fits(in.Requests, in.Taken, in.Allocatable)
	if ok {
		return nil
	}
	return short(name, amount(name, in.Requests), amount(name, in.Taken), amount(name, in.Allocatable))
}

func short(name corev1.ResourceName, requested, used, capacity int64) *Refusal {
	return &Refusal{"OutOf" + string(name), fmt.Sprintf("Node didn't have enough resource: %s, requested: %d, used: %d, capacity: %d", name, requested, used, capacity)}
}

// Fits tells whether requests go beside what is taken; if not, it names what there is too little of. What the node does not count is not
// its to give: resources that it does not know are the scheduler's affair.
func Fits(requests, taken, allocatable corev1.ResourceList) (short corev1.ResourceName, ok bool) {
	names := make([]corev1.ResourceName, 0, len(requests))
	for name := range requests {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, counted := allocatable[name]; !counted && !slices.Contains(compute, name) {
			continue
		}
		if wanted := amount(name, requests); wanted > 0 && wanted > amount(name, allocatable)-amount(name, taken) {
			return name, false
		}
	}
	return "", true
}

var compute = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}

// amount is a quantity as it is compared and told: CPU in thousandths.
func amount(name corev1.ResourceName, list corev1.ResourceList) int64 {
	q := list[name]
	return whole(name, q)
}

func whole(name corev1.ResourceName, q resource.Quantity) int64 {
	if name == corev1.ResourceCPU {
		return q.MilliValue()
	}
	return q.Value()
}
