package pressure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/facts/pods"
	"argosy.dev/facts/taints"
)

// Use is what a pod or a container uses.
type Use struct{ Memory, Disk, Inodes, Processes int64 }

// Load is what a pod uses of the machine.
type Load struct {
	Pod *corev1.Pod
	Use
	Containers map[string]Use
}

// Rank puts those first that are ended first: of memory and disk who uses more than it asked for, then who is less important, then who uses most
// beyond what it asked for. Nobody asks for inodes and process ids: there importance decides, and then use.
func Rank(s Signal, loads []Load) {
	slices.SortStableFunc(loads, func(a, b Load) int {
		beyondA, beyondB := beyond(s, a), beyond(s, b)
		greedy := 0
		if asked(s) {
			greedy = cmp.Compare(yes(beyondB > 0), yes(beyondA > 0))
		}
		return cmp.Or(greedy, cmp.Compare(pods.Priority(a.Pod), pods.Priority(b.Pod)), cmp.Compare(beyondB, beyondA))
	})
}

// asked tells whether pods say how much they need.
func asked(s Signal) bool {
	return s.Resource() == corev1.ResourceMemory || s.Resource() == corev1.ResourceEphemeralStorage
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

func beyond(s Signal, l Load) int64 {
	requests := pods.Requests(l.Pod)[s.Resource()]
	return of(s, l.Use) - requests.Value()
}

func of(s Signal, u Use) int64 {
	switch s.Resource() {
	case corev1.ResourceMemory:
		return u.Memory
	case corev1.ResourceEphemeralStorage:
		return u.Disk
	case "inodes":
		return u.Inodes
	}
	return u.Processes
}

// Reason is why a pod was ended for the machine's sake.
const Reason = "Evicted"

// Message tells why a pod was ended.
func (c *Crisis) Message(l Load) string {
	var b strings.Builder
	name := c.Signal.Resource()
	fmt.Fprintf(&b, "The node was low on resource: %s. ", name)
	fmt.Fprintf(&b, "Threshold quantity: %s, available: %s. ", quantity(c.Signal, c.Value.Of(c.Capacity)), rounded(c.Signal, c.Available))
	if !asked(c.Signal) {
		return b.String()
	}
	for i := range l.Pod.Spec.Containers {
		spec := &l.Pod.Spec.Containers[i]
		request := spec.Resources.Requests[name]
		if used := of(c.Signal, l.Containers[spec.Name]); used > request.Value() {
			fmt.Fprintf(&b, "Container %s was using %s, request is %s, has larger consumption of %s. ", spec.Name, rounded(c.Signal, used), request.String(), name)
		}
	}
	return b.String()
}

func quantity(s Signal, n int64) string {
	format := resource.BinarySI
	if !asked(s) {
		format = resource.DecimalSI
	}
	return resource.NewQuantity(n, format).String()
}

// rounded is an amount that was measured: bytes in whole KiB, as people have always been told.
func rounded(s Signal, n int64) string {
	if asked(s) && n >= 1024 {
		n = n / 1024 * 1024
	}
	return quantity(s, n)
}

// RefusalMessage tells why a pod is not taken by a node under pressure; "" where it is. Pods that ask for no memory may come as long as only memory
// is short and they say that they can bear it; critical pods always may.
func RefusalMessage(pod *corev1.Pod, under []corev1.NodeConditionType, critical bool) string {
	if len(under) == 0 || critical {
		return ""
	}
	if len(under) == 1 && under[0] == corev1.NodeMemoryPressure {
		taint := corev1.Taint{Key: corev1.TaintNodeMemoryPressure, Effect: corev1.TaintEffectNoSchedule}
		if pods.QOS(&pod.Spec) != corev1.PodQOSBestEffort || taints.Tolerated(&taint, pod.Spec.Tolerations) {
			return ""
		}
	}
	return fmt.Sprintf("The node had condition: %v. ", under)
}
