package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/facts/pods"
	"argosy.dev/scheduler"
)

// patience bounds waits for what must happen; nothing waits that long.
const patience = 5 * time.Second

// cluster is the real pipeline on a store in memory.
type cluster struct {
	*controllertest.Cluster
	// bind, if set, is asked before a binding is written.
	bind func() error
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{Cluster: controllertest.New(t)}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: metav1.NamespaceDefault}}
	if _, err := client.ServiceAccounts(c).Create(context.Background(), account); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) Create(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.CreateOptions) (runtime.Object, error) {
	if t.Subresource == "binding" && c.bind != nil {
		if err := c.bind(); err != nil {
			return nil, err
		}
	}
	return c.Cluster.Create(ctx, t, obj, opts)
}

// join adds a node that is ready: a new one is given a taint that says that it is not.
func (c *cluster) join(ctx context.Context, n *corev1.Node) error {
	wanted := n.Spec.Taints
	made, err := client.Nodes(c).Create(ctx, n.DeepCopy())
	if err != nil {
		return err
	}
	made = made.DeepCopy()
	made.Spec.Taints = wanted
	_, err = client.Nodes(c).Update(ctx, made)
	return err
}

// world is a cluster with a running scheduler.
type world struct {
	*testing.T
	cluster *cluster
	pods    client.Resource[*corev1.Pod]
	nodes   client.Resource[*corev1.Node]
	stop    func()
}

func run(t *testing.T, prepare ...func(*world)) *world {
	t.Helper()
	c := newCluster(t)
	w := &world{T: t, cluster: c, pods: client.Pods(c), nodes: client.Nodes(c)}
	for _, p := range prepare {
		p(w)
	}
	ctx, cancel := context.WithCancel(context.Background())
	events := record.New(c, scheduler.Name, "", slog.Default())
	recorded, ran := make(chan struct{}), make(chan error, 1)
	go func() { defer close(recorded); events.Run(ctx) }()
	go func() {
		ran <- scheduler.New(c, events, scheduler.Options{Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-recorded
		if err := <-ran; err != nil {
			t.Errorf("Run returned %v", err)
		}
	}
	t.Cleanup(func() { w.stop() })
	return w
}

// until waits for an object to satisfy a condition, and returns it.
func until[T client.Object](t *testing.T, r client.Resource[T], what string, ok func(T) bool) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var found, none T
	err := r.Follow(ctx, func(_, now T) {
		if client.Object(now) != client.Object(none) && ctx.Err() == nil && ok(now) {
			found = now
			cancel()
		}
	})
	if client.Object(found) == client.Object(none) {
		t.Fatalf("waiting for %s: %v", what, err)
	}
	return found
}

func (w *world) bound(name string) *corev1.Pod {
	w.Helper()
	return until(w.T, w.pods, name+" to be bound", func(p *corev1.Pod) bool { return p.Name == name && pods.Scheduled(p) })
}

// refused waits for the pod's condition to say why it has no node.
func (w *world) refused(name, message string) {
	w.Helper()
	last := ""
	defer func() {
		if w.Failed() {
			w.Logf("it says %q", last)
		}
	}()
	until(w.T, w.pods, name+" to be refused: "+message, func(p *corev1.Pod) bool {
		c := pods.Condition(&p.Status, corev1.PodScheduled)
		if p.Name != name || c == nil {
			return false
		}
		last = c.Message
		return c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable && c.Message == message
	})
}

func (w *world) create(p *corev1.Pod) *corev1.Pod {
	w.Helper()
	made, err := w.pods.Create(context.Background(), p)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

func (w *world) join(n *corev1.Node) {
	w.Helper()
	if err := w.cluster.join(context.Background(), n); err != nil {
		w.Fatal(err)
	}
}

func newNode(name string, edits ...func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("110"),
		}},
	}
	n.Status.Capacity = n.Status.Allocatable
	for _, e := range edits {
		e(n)
	}
	return n
}

func tainted(key string) func(*corev1.Node) {
	return func(n *corev1.Node) {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Effect: corev1.TaintEffectNoSchedule})
	}
}

func zone(z string) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Labels[corev1.LabelTopologyZone] = z }
}

func newPod(name, cpu string, edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i",
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}},
		}}},
	}
	for _, e := range edits {
		e(p)
	}
	return p
}

func awayFromEachOther(p *corev1.Pod) {
	p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
		TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
	}}}}
}

func spreadOverZones(p *corev1.Pod) {
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
	}}
}

func TestBinds(t *testing.T) {
	w := run(t, func(w *world) {
		w.join(newNode("n1"))
		w.create(newPod("early", "1"))
	})
	w.bound("early")
	w.create(newPod("late", "1"))
	p := w.bound("late")
	if c := pods.Condition(&p.Status, corev1.PodScheduled); p.Spec.NodeName != "n1" || c == nil || c.Status != corev1.ConditionTrue {
		t.Errorf("bound to %q with condition %+v", p.Spec.NodeName, c)
	}
	e := until(t, client.Events(w.cluster), "the event", func(e *corev1.Event) bool { return e.InvolvedObject.Name == "late" })
	if e.Reason != "Scheduled" || e.Message != "Successfully assigned default/late to n1" || e.Source.Component != "default-scheduler" {
		t.Errorf("the event is %s: %q from %q", e.Reason, e.Message, e.Source.Component)
	}
}

func TestLeavesOthersPodsAlone(t *testing.T) {
	w := run(t, func(w *world) {
		w.create(newPod("other", "1", func(p *corev1.Pod) { p.Spec.SchedulerName = "another" }))
		w.create(newPod("gated", "1", func(p *corev1.Pod) { p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/wait"}} }))
		w.join(newNode("n1"))
	})
	w.create(newPod("mine", "1"))
	w.bound("mine")
	for _, name := range []string{"other", "gated"} {
		if p, _ := w.pods.Get("default", name); p.Spec.NodeName != "" {
			t.Errorf("%s was bound", name)
		}
	}
	gated, _ := w.pods.Get("default", "gated")
	gated = gated.DeepCopy()
	gated.Spec.SchedulingGates = nil
	if _, err := w.pods.Update(context.Background(), gated); err != nil {
		t.Fatal(err)
	}
	w.bound("gated")
}

func TestSaysWhyNot(t *testing.T) {
	w := run(t)
	w.create(newPod("big", "5"))
	w.refused("big", "no nodes available to schedule pods")
	w.join(newNode("n1"))
	w.join(newNode("n2", tainted("a")))
	w.join(newNode("n3", tainted("b")))
	w.create(newPod("bigger", "6", func(p *corev1.Pod) { p.Labels["app"] = "other" }))
	w.refused("bigger", "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).")
	e := until(t, client.Events(w.cluster), "the event", func(e *corev1.Event) bool { return e.InvolvedObject.Name == "bigger" })
	if e.Reason != "FailedScheduling" || e.Type != corev1.EventTypeWarning || !strings.HasPrefix(e.Message, "0/3 nodes are available: 1 Insufficient cpu") {
		t.Errorf("the event is %s: %q", e.Reason, e.Message)
	}
}

// Each step frees the pod in another way; it is tried at once, not after minutes.
func TestWaitsForWhatHelps(t *testing.T) {
	t.Run("a node comes", func(t *testing.T) {
		w := run(t)
		w.create(newPod("p", "1"))
		w.refused("p", "no nodes available to schedule pods")
		w.join(newNode("n1"))
		w.bound("p")
	})
	t.Run("a taint goes", func(t *testing.T) {
		w := run(t, func(w *world) { w.join(newNode("n1", tainted("a"))) })
		w.create(newPod("p", "1"))
		w.refused("p", "0/1 nodes are available: 1 node(s) had untolerated taint(s).")
		n, _ := w.nodes.Get("", "n1")
		n = n.DeepCopy()
		n.Spec.Taints = nil
		if _, err := w.nodes.Update(context.Background(), n); err != nil {
			t.Fatal(err)
		}
		w.bound("p")
	})
	t.Run("a pod goes", func(t *testing.T) {
		w := run(t, func(w *world) { w.join(newNode("n1")) })
		w.create(newPod("first", "3"))
		w.bound("first")
		w.create(newPod("p", "2"))
		w.refused("p", "0/1 nodes are available: 1 Insufficient cpu.")
		if err := w.pods.Delete(context.Background(), "default", "first", metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))}); err != nil {
			t.Fatal(err)
		}
		w.bound("p")
	})
	t.Run("the pod itself changes", func(t *testing.T) {
		w := run(t, func(w *world) { w.join(newNode("n1", tainted("a"))) })
		w.create(newPod("p", "1"))
		w.refused("p", "0/1 nodes are available: 1 node(s) had untolerated taint(s).")
		p, _ := w.pods.Get("default", "p")
		p = p.DeepCopy()
		p.Spec.Tolerations = append(p.Spec.Tolerations, corev1.Toleration{Key: "a", Operator: corev1.TolerationOpExists})
		if _, err := w.pods.Update(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		w.bound("p")
	})
	t.Run("a wanted neighbour comes", func(t *testing.T) {
		w := run(t, func(w *world) { w.join(newNode("n1")) })
		w.create(newPod("p", "1", func(p *corev1.Pod) {
			p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}},
			}}}}
		}))
		w.refused("p", "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.")
		w.create(newPod("db", "1", func(p *corev1.Pod) { p.Labels["app"] = "db" }))
		w.bound("p")
	})
}

func TestKeepsApartAndSpreads(t *testing.T) {
	w := run(t, func(w *world) {
		for i := range 6 {
			w.join(newNode(fmt.Sprintf("n%d", i), zone(string(rune('a'+i%3)))))
		}
	})
	hosts := map[string]bool{}
	for i := range 6 {
		name := fmt.Sprintf("apart-%d", i)
		w.create(newPod(name, "100m", awayFromEachOther))
		hosts[w.bound(name).Spec.NodeName] = true
	}
	if len(hosts) != 6 {
		t.Errorf("six pods that stay away from each other are on %d nodes", len(hosts))
	}
	w.create(newPod("apart-6", "100m", awayFromEachOther))
	w.refused("apart-6", "0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules.")
	zones := map[string]int{}
	for i := range 7 {
		name := fmt.Sprintf("spread-%d", i)
		w.create(newPod(name, "100m", func(p *corev1.Pod) { p.Labels["app"] = "spread" }, spreadOverZones))
		n, _ := w.nodes.Get("", w.bound(name).Spec.NodeName)
		zones[n.Labels[corev1.LabelTopologyZone]]++
	}
	for z, n := range zones {
		if n < 2 || n > 3 {
			t.Errorf("zone %s has %d of seven pods", z, n)
		}
	}
}

// A node is never given more than it has, however fast pods come.
func TestNeverOvercommits(t *testing.T) {
	const each = 4
	w := run(t, func(w *world) {
		for i := range 10 {
			w.join(newNode(fmt.Sprintf("n%d", i)))
		}
	})
	for i := range 10*each + 5 {
		w.create(newPod(fmt.Sprintf("p%d", i), "1"))
	}
	on := map[string]int{}
	left := map[string]bool{}
	until(t, w.pods, "all to be dealt with", func(p *corev1.Pod) bool {
		if c := pods.Condition(&p.Status, corev1.PodScheduled); c != nil {
			left[p.Name] = c.Status == corev1.ConditionFalse
		}
		return len(left) == 10*each+5
	})
	for _, p := range w.pods.List("") {
		on[p.Spec.NodeName]++
	}
	for name, n := range on {
		if name != "" && n != each || name == "" && n != 5 {
			t.Errorf("%q has %d pods", name, n)
		}
	}
}

func TestTriesAgainWhenTheBindingFails(t *testing.T) {
	tries := 0
	w := run(t, func(w *world) {
		w.join(newNode("n1"))
		w.cluster.bind = func() error {
			if tries++; tries == 1 {
				return errors.New("disk on fire")
			}
			return nil
		}
	})
	// It takes the whole node: what was assumed of it must be given back.
	w.create(newPod("p", "4"))
	if p := w.bound("p"); p.Spec.NodeName != "n1" || tries != 2 {
		t.Errorf("bound to %q at try %d", p.Spec.NodeName, tries)
	}
}

func TestRefusesWhatItCannotDo(t *testing.T) {
	w := run(t, func(w *world) { w.join(newNode("n1")) })
	w.create(newPod("p", "1", func(p *corev1.Pod) {
		p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu", ResourceClaimName: new("g")}}
	}))
	w.refused("p", `0/1 nodes are available: resource claim "gpu" cannot be allocated: that is not supported yet.`)
}
