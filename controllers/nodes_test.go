package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/facts/nodes"
	"argosy.dev/facts/pods"
)

func (s *scene) node(name string) *corev1.Node {
	s.t.Helper()
	node, ok := client.Nodes(s).Get("", name)
	if !ok {
		s.t.Fatalf("there is no node %s", name)
	}
	return node
}

// taints shows a node's taints as "key:Effect", without the domain of ours.
func (s *scene) taints(name string) string {
	s.t.Helper()
	var list []string
	for _, t := range s.node(name).Spec.Taints {
		list = append(list, strings.TrimPrefix(t.Key, "node.kubernetes.io/")+":"+string(t.Effect))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func (s *scene) ready(node string) string {
	s.t.Helper()
	c := nodes.Condition(&s.node(node).Status, corev1.NodeReady)
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%s %s", c.Status, c.Reason)
}

func TestNewNodeIsSchedulableAtOnce(t *testing.T) {
	play(t, nil, func(s *scene) {
		all := client.Nodes(s)
		made := must[*corev1.Node](t)(all.Create(s.ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}})).DeepCopy()
		s.Settle()
		s.is("before it reports", s.taints("n1"), "not-ready:NoSchedule")
		nodes.SetCondition(&made.Status, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, time.Now())
		must[*corev1.Node](t)(all.UpdateStatus(s.ctx, made))
		s.Settle() // no time passes
		s.is("as soon as it is ready", s.taints("n1"), "")
	})
}

func TestSilentNode(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 3))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.AddNode(quick("n2"))
		s.Settle()
		lost := s.AddNode(&controllertest.Node{Name: "n3", Silent: true})
		defer lost()
		s.Settle()
		must[*corev1.Pod](t)(client.Pods(s).Create(s.ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "bound", Namespace: "default"},
			Spec:       corev1.PodSpec{NodeName: "n3", Containers: []corev1.Container{{Name: "c", Image: "bound"}}, TerminationGracePeriodSeconds: new(int64(0))},
		}))
		pod, _ := client.Pods(s).Get("default", "bound")
		pod = pod.DeepCopy()
		pod.Status.Phase = corev1.PodRunning
		pods.SetCondition(&pod.Status, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue}, time.Now().Truncate(time.Second))
		must[*corev1.Pod](t)(client.Pods(s).UpdateStatus(s.ctx, pod))

		s.Pass(45 * time.Second)
		s.is("within the grace period", s.ready("n3"), "True KubeletReady")
		s.Pass(6 * time.Second)
		s.is("after it", s.ready("n3"), "Unknown NodeStatusUnknown")
		s.is("taints", s.taints("n3"), "unreachable:NoExecute unreachable:NoSchedule")
		s.is("a node that lives", s.ready("n1")+s.taints("n1"), "True KubeletReady")
		if pod, _ := client.Pods(s).Get("default", "bound"); pods.Ready(pod) {
			t.Error("a pod that nobody can see is not ready")
		}
		s.is("events", strings.Join(s.events("NodeNotReady"), "; "), "Node is not ready; Node n3 status is now: NodeNotReady")

		took := s.Until("evicted", 10*time.Minute, func() bool { _, ok := client.Pods(s).Get("default", "bound"); return !ok })
		if took < 295*time.Second || took > 305*time.Second {
			t.Errorf("pods bear it for 300s unless they say otherwise; this one went after %v", took)
		}
		s.is("events", strings.Join(s.events("TaintManagerEviction"), "; "), "Marking for deletion Pod default/bound")
	})
}

func TestSilentNodeComesBack(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		stop := s.AddNode(quick("n2"))
		s.Settle()
		must[*corev1.Pod](t)(client.Pods(s).Create(s.ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "bound", Namespace: "default"},
			Spec:       corev1.PodSpec{NodeName: "n2", Containers: []corev1.Container{{Name: "c", Image: "bound"}}},
		}))
		s.Pass(5 * time.Second)
		stop()
		s.Until("unreachable", 2*time.Minute, func() bool { return s.taints("n2") == "unreachable:NoExecute unreachable:NoSchedule" })
		s.Pass(time.Minute)
		node := s.node("n2").DeepCopy()
		nodes.SetCondition(&node.Status, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}, time.Now())
		must[*corev1.Node](t)(client.Nodes(s).UpdateStatus(s.ctx, node))
		s.Settle()
		s.is("taints", s.taints("n2"), "")
		s.is("events", strings.Join(s.events("TaintManagerEviction"), "; "), "Cancelling deletion of Pod default/bound")
		if _, ok := client.Pods(s).Get("default", "bound"); !ok {
			t.Error("the pod was spared")
		}
	})
}

// With no node ready, nobody's pods are better off elsewhere.
func TestNoEvictionWhileNoNodeIsReady(t *testing.T) {
	play(t, []*controllertest.Node{{Name: "n1", Silent: true}, {Name: "n2", Silent: true}}, func(s *scene) {
		s.Pass(2 * time.Minute)
		s.is("n1", s.taints("n1"), "unreachable:NoSchedule")
		s.is("n2", s.taints("n2"), "unreachable:NoSchedule")
		s.AddNode(quick("n3"))
		s.Pass(20 * time.Second)
		s.is("n1, now that one is", s.taints("n1"), "unreachable:NoExecute unreachable:NoSchedule")
		s.is("n2, some time later", s.taints("n2"), "unreachable:NoExecute unreachable:NoSchedule")
	})
}

func TestUserTaintDrivesPodsAway(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1"), quick("n2")}, func(s *scene) {
		for name, tolerations := range map[string][]corev1.Toleration{
			"bears-not":   nil,
			"bears":       {{Key: "example.com/out", Operator: corev1.TolerationOpExists}},
			"bears-a-bit": {{Key: "example.com/out", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: new(int64(30))}},
		} {
			must[*corev1.Pod](t)(client.Pods(s).Create(s.ctx, &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
				Spec:       corev1.PodSpec{NodeName: "n1", Tolerations: tolerations, Containers: []corev1.Container{{Name: "c", Image: name}}},
			}))
		}
		s.Pass(5 * time.Second)
		must[*corev1.Node](t)(client.Nodes(s).Patch(s.ctx, "", "n1", types.StrategicMergePatchType, []byte(`{"spec":{"taints":[{"key":"example.com/out","effect":"NoExecute"}]}}`), ""))
		s.Pass(5 * time.Second)
		s.is("at once", s.names(), "bears bears-a-bit")
		s.Pass(35 * time.Second)
		s.is("after 30 s", s.names(), "bears")
	})
}

func (s *scene) names() string {
	var list []string
	for _, p := range client.Pods(s).List("default") {
		list = append(list, p.Name)
	}
	return strings.Join(list, " ")
}

func TestPodsOfANodeThatIsGone(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		stop := s.AddNode(quick("n2"))
		s.Settle()
		must[*corev1.Pod](t)(client.Pods(s).Create(s.ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "bound", Namespace: "default"},
			Spec:       corev1.PodSpec{NodeName: "n2", Containers: []corev1.Container{{Name: "c", Image: "bound"}}},
		}))
		s.Pass(5 * time.Second)
		stop()
		if err := client.Nodes(s).Delete(s.ctx, "", "n2", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		s.Pass(35 * time.Second)
		s.is("it may come back", s.names(), "bound")
		s.Pass(10 * time.Second)
		s.is("it did not", s.names(), "")
		s.is("events", strings.Join(s.events("RemovingNode"), "; "), "Node n2 event: Removing Node n2 from Controller")
	})
}

func TestEachNamespaceHasItsAccountAndCertificate(t *testing.T) {
	play(t, nil, func(s *scene) {
		must[*corev1.Namespace](t)(client.Namespaces(s).Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "new"}}))
		s.Settle() // no time passes
		if _, ok := client.ServiceAccounts(s).Get("new", "default"); !ok {
			t.Error("no default service account")
		}
		certificate := func() string {
			m, _ := client.ConfigMaps(s).Get("new", "kube-root-ca.crt")
			if m == nil {
				return "none"
			}
			return m.Data["ca.crt"]
		}
		s.is("certificate", certificate(), "PEM")
		must[*corev1.ConfigMap](t)(client.ConfigMaps(s).Patch(s.ctx, "new", "kube-root-ca.crt", types.MergePatchType, []byte(`{"data":{"ca.crt":"forged"}}`), ""))
		s.Settle()
		s.is("put right", certificate(), "PEM")
		for _, err := range []error{
			client.ServiceAccounts(s).Delete(s.ctx, "new", "default", metav1.DeleteOptions{}),
			client.ConfigMaps(s).Delete(s.ctx, "new", "kube-root-ca.crt", metav1.DeleteOptions{}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		s.Settle()
		if _, ok := client.ServiceAccounts(s).Get("new", "default"); !ok || certificate() != "PEM" {
			t.Error("what was deleted must come again")
		}
	})
}
