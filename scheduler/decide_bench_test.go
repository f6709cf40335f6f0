package scheduler

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

// sorts of pods: plain ones, ten applications that keep apart on hosts, one that spreads over zones.
var sorts = []struct{ name, pod string }{
	{"plain", "{metadata: {labels: {app: app-%d}}, spec: {" + benchContainer + "}}"},
	{"apart", "{metadata: {labels: {app: app-%d}}, spec: {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [" +
		"{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: app-%[1]d}}}]}}, " + benchContainer + "}}"},
	{"zones", "{metadata: {labels: {app: app-%d}}, spec: {topologySpreadConstraints: [{topologyKey: topology.kubernetes.io/zone, maxSkew: 1, " +
		"whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: app-%[1]d}}}], " + benchContainer + "}}"},
	{"selected", "{metadata: {labels: {app: app-%d}}, spec: {nodeSelector: {topology.kubernetes.io/zone: b}, " + benchContainer + "}}"},
	{"affinity", "{metadata: {labels: {app: app-%d}}, spec: {affinity: {nodeAffinity: {" +
		"requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [a, b]}]}]}, " +
		"preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [a]}]}}]}}, " + benchContainer + "}}"},
}

const benchContainer = "containers: [{name: c, resources: {requests: {cpu: 100m, memory: 128Mi}}}]"

// benchNodes are of the size that upstream was measured with.
func benchNodes(b *testing.B, count int) *snapshot.Snapshot {
	s := snapshot.New()
	for i := range count {
		s.SetNode(rulestest.Node(b, fmt.Sprintf("node-%05d", i), fmt.Sprintf(
			"{metadata: {labels: {topology.kubernetes.io/zone: %c}}, status: {allocatable: {cpu: '32', memory: 256Gi, pods: '110'}}}", 'a'+i%3)))
	}
	return s
}

// BenchmarkDecide is decisions alone, with the pod being looked at and counted on its node.
func BenchmarkDecide(b *testing.B) {
	for _, nodes := range []int{100, 1000, 5000} {
		for _, sort := range sorts {
			b.Run(fmt.Sprintf("%s/%d", sort.name, nodes), func(b *testing.B) { benchmarkDecide(b, nodes, sort.pod) })
		}
	}
}

func benchmarkDecide(b *testing.B, nodes int, pod string) {
	s := benchNodes(b, nodes)
	d := decide.New(order(), rand.New(rand.NewPCG(1, 2)))
	// Pods go as they come, so that the cluster stays half full however long this runs.
	keep := nodes * 5
	made := make([]*corev1.Pod, keep)
	for i := range made {
		if i < 10 {
			made[i] = rulestest.Pod(b, "p", fmt.Sprintf(pod, i))
		} else {
			made[i] = made[i%10].DeepCopy()
		}
		made[i].UID = types.UID(fmt.Sprintf("pod-%06d", i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		obj := made[i%keep]
		s.Remove(obj.UID)
		p := snapshot.NewPod(obj)
		n, why := d.Decide(p, s)
		if n == nil {
			b.Fatal(why.Message)
		}
		s.Place(p, n.Name)
	}
}

// BenchmarkRefuse is decisions about pods that no node suits.
func BenchmarkRefuse(b *testing.B) {
	s := benchNodes(b, 5000)
	d := decide.New(order(), rand.New(rand.NewPCG(1, 2)))
	p := snapshot.NewPod(rulestest.Pod(b, "p", "{spec: {containers: [{name: c, resources: {requests: {cpu: '33'}}}]}}"))
	b.ReportAllocs()
	for b.Loop() {
		if n, _ := d.Decide(p, s); n != nil {
			b.Fatal("it suits", n.Name)
		}
	}
}
