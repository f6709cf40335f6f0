package pod

import (
	"encoding/json"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
)

func plain() *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "u", ResourceVersion: "5"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "x"}}},
	}
	setDefaults(p)
	return p
}

func TestGrace(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*corev1.Pod)
		wanted *int64
		want   int64
	}{
		{"as the pod says", func(*corev1.Pod) {}, nil, 30},
		{"as the delete says", func(*corev1.Pod) {}, new(int64(5)), 5},
		{"at once", func(*corev1.Pod) {}, new(int64(0)), 0},
		{"negative means the least", func(*corev1.Pod) {}, new(int64(-1)), 1},
		{"not scheduled", func(p *corev1.Pod) { p.Spec.NodeName = "" }, new(int64(5)), 0},
		{"finished", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, nil, 0},
		{"negative in the pod", func(p *corev1.Pod) { p.Spec.TerminationGracePeriodSeconds = new(int64(-5)) }, nil, 1},
	} {
		p := plain()
		p.Spec.NodeName = "n1"
		c.change(p)
		if got := grace(p, c.wanted); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestBind(t *testing.T) {
	now := time.Unix(1000, 0)
	to := func(name string) *corev1.Binding {
		return &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "web", Annotations: map[string]string{"a": "b"}}, Target: corev1.ObjectReference{Kind: "Node", Name: name}}
	}
	p := plain()
	p.Status.NominatedNodeName = "n2"
	before := p.DeepCopy()
	if err := bind(p, to("n1"), now); err != nil {
		t.Fatal(err)
	}
	if p.Spec.NodeName != "n1" || p.Annotations["a"] != "b" || p.Status.NominatedNodeName != "" {
		t.Errorf("bound to %q, annotations %v, nominated %q", p.Spec.NodeName, p.Annotations, p.Status.NominatedNodeName)
	}
	if c := pods.Condition(&p.Status, corev1.PodScheduled); c == nil || c.Status != corev1.ConditionTrue || !c.LastTransitionTime.Time.Equal(now) {
		t.Errorf("the condition is %v", c)
	}
	if generation(p, before) {
		t.Error("binding is no change of what the user wants")
	}
	for name, change := range map[string]func(*corev1.Pod, *corev1.Binding){
		"bound already": func(p *corev1.Pod, _ *corev1.Binding) { p.Spec.NodeName = "n1" },
		"being deleted": func(p *corev1.Pod, _ *corev1.Binding) { p.DeletionTimestamp = &metav1.Time{Time: now} },
		"gated": func(p *corev1.Pod, _ *corev1.Binding) {
			p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "g"}}
		},
		"another pod":   func(_ *corev1.Pod, b *corev1.Binding) { b.UID = "other" },
		"changed since": func(_ *corev1.Pod, b *corev1.Binding) { b.ResourceVersion = "4" },
	} {
		p, b := plain(), to("n1")
		change(p, b)
		if err := bind(p, b, now); !apierrors.IsConflict(err) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
	}
	wrong := to("n1")
	wrong.Name = "other"
	if err := checkBinding(plain().Name, wrong); !apierrors.IsBadRequest(err) {
		t.Errorf("a binding of another name: %v", err)
	}
	wrong = to("")
	wrong.Target.Kind = "Minion"
	if err := checkBinding(plain().Name, wrong); err == nil {
		t.Error("a binding to nothing was accepted")
	}
}

func TestEphemeralContainers(t *testing.T) {
	old := plain()
	old.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "one", Image: "x"}}}
	setDefaults(old)
	change := func(f func(*corev1.Pod)) *corev1.Pod {
		p := old.DeepCopy()
		f(p)
		setDefaults(p)
		keepAllButEphemeral(p, old)
		return p
	}
	added := change(func(p *corev1.Pod) {
		p.Spec.Containers[0].Image = "other"
		p.Labels = map[string]string{"a": "b"}
		p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, corev1.EphemeralContainer{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "two", Image: "x"}, TargetContainerName: "c",
		})
	})
	if errs := validateEphemeral(added, old); len(errs) > 0 {
		t.Error(errs)
	}
	if added.Spec.Containers[0].Image != "x" || added.Labels != nil || len(added.Spec.EphemeralContainers) != 2 {
		t.Error("more, or less, changed than the ephemeral containers")
	}
	removed := change(func(p *corev1.Pod) { p.Spec.EphemeralContainers = nil })
	if errs := validateEphemeral(removed, old); len(errs) != 1 {
		t.Errorf("removed: %v", errs)
	}
	changed := change(func(p *corev1.Pod) { p.Spec.EphemeralContainers[0].Image = "y" })
	if errs := validateEphemeral(changed, old); len(errs) != 1 {
		t.Errorf("changed: %v", errs)
	}
}

func TestStatusTransitions(t *testing.T) {
	done := []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 0}}}}
	running := []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	for policy, wrong := range map[corev1.RestartPolicy]int{corev1.RestartPolicyAlways: 0, corev1.RestartPolicyOnFailure: 1, corev1.RestartPolicyNever: 1} {
		old := plain()
		old.Spec.RestartPolicy = policy
		p := old.DeepCopy()
		old.Status.ContainerStatuses, p.Status.ContainerStatuses = done, running
		if errs := validateStatus(p, old); len(errs) != wrong {
			t.Errorf("%s: %v", policy, errs)
		}
	}
}

func TestStatusAddresses(t *testing.T) {
	old := plain()
	for _, c := range []struct {
		ips   []string
		wrong int
	}{
		{[]string{"10.0.0.1", "fd00::1"}, 0},
		{[]string{"10.0.0.1", "10.0.0.2"}, 1},
		{[]string{"nowhere"}, 1},
		{[]string{"10.0.0.1", "10.0.0.1"}, 2},
	} {
		p := old.DeepCopy()
		for _, ip := range c.ips {
			p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
		}
		if errs := validateStatus(p, old); len(errs) != c.wrong {
			t.Errorf("%v: %v", c.ips, errs)
		}
	}
}

// No body may panic, or be judged otherwise the second time.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"metadata":{"name":"web"},"spec":{"containers":[{"name":"c","image":"x","ports":[{"containerPort":80}]}]}}`))
	f.Add([]byte(`{"spec":{"volumes":[{"name":"v"},{"name":"v","projected":{"sources":[{"downwardAPI":{"items":[{}]}}]}}],"containers":[{"resources":{"limits":{"cpu":"-1e400m"}}}]}}`))
	f.Add([]byte(`{"spec":{"resources":{},"overhead":{"x":"1"},"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{}}},"topologySpreadConstraints":[{}],"ephemeralContainers":[{}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &corev1.Pod{}
		if json.Unmarshal(text, p) != nil {
			return
		}
		setDefaults(p)
		old := p.DeepCopy()
		prepareCreate(p)
		first := validate(p)
		if second := validate(p); len(first) != len(second) {
			t.Errorf("%d mistakes, then %d", len(first), len(second))
		}
		validateUpdate(p, old)
		validateStatus(p, old)
		warnings(p, old)
		summarize(p)
	})
}

func BenchmarkDefaultAndValidate(b *testing.B) {
	source := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec: corev1.PodSpec{ServiceAccountName: "default", Containers: []corev1.Container{{
			Name: "c", Image: "example.com/web:1", Ports: []corev1.ContainerPort{{ContainerPort: 80}},
			VolumeMounts: []corev1.VolumeMount{{Name: "v", MountPath: "/v"}},
		}}, Volumes: []corev1.Volume{{Name: "v"}}},
	}
	b.ReportAllocs()
	for b.Loop() {
		p := source.DeepCopy()
		setDefaults(p)
		prepareCreate(p)
		if errs := validate(p); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}

// Stored pods are defaulted again whenever they are read.
func BenchmarkDefaultAgain(b *testing.B) {
	p := plain()
	p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi")}
	b.ReportAllocs()
	for b.Loop() {
		setDefaults(p)
	}
}
