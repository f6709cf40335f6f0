package podplan

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

func TestResize(t *testing.T) {
	restart := []corev1.ContainerResizePolicy{{ResourceName: corev1.ResourceMemory, RestartPolicy: corev1.RestartContainer}}
	for _, c := range []struct {
		name   string
		policy []corev1.ContainerResizePolicy
		have   Limits
		want   string
	}{
		{"as wanted", nil, Limits{Known: true, CPUShares: 10, Memory: 100}, ""},
		{"nobody knows", nil, Limits{}, ""},
		{"in place", nil, Limits{Known: true, CPUShares: 10, Memory: 50}, "resize:a"},
		{"by a restart", restart, Limits{Known: true, CPUShares: 10, Memory: 50}, "kill:a"},
		{"what needs no restart", restart, Limits{Known: true, CPUShares: 5, Memory: 100}, "resize:a"},
	} {
		p := pod()
		p.Spec.Containers = p.Spec.Containers[:1]
		p.Spec.Containers[0].ResizePolicy = c.policy
		o := have("a:running")
		o.Containers["a"].Limits = c.have
		limits := func(*corev1.Container) Limits { return Limits{Known: true, CPUShares: 10, Memory: 100} }
		plan := Decide(Input{Pod: p, Observed: o, Limits: limits, Hash: func(c *corev1.Container) string { return c.Name }, Now: now})
		if got := text(plan); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRenewedContainersStartWhateverTheirPolicySays(t *testing.T) {
	p := pod(policy(corev1.RestartPolicyOnFailure))
	p.Spec.Containers = p.Spec.Containers[:1]
	p.Spec.ActiveDeadlineSeconds = ptr.To(int64(1))
	in := Input{Pod: p, Observed: have("a:exit0"), Renewed: map[string]bool{"a-0": true}, Hash: func(c *corev1.Container) string { return c.Name }, Now: now}
	if got := text(Decide(in)); got != "start:a/1" {
		t.Errorf("%q", got)
	}
}
