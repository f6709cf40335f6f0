package podstatus

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
	"argosy.dev/node/resize"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func pod(policy corev1.RestartPolicy, inits ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: corev1.PodSpec{RestartPolicy: policy, Containers: []corev1.Container{{Name: "a", Image: "i"}}}}
	for _, n := range inits {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: n})
	}
	return p
}

// ruled restarts its container by rule at one exit code.
func ruled(policy corev1.RestartPolicy, code int32) *corev1.Pod {
	p := pod(policy)
	never := corev1.ContainerRestartPolicyNever
	p.Spec.Containers[0].RestartPolicy = &never
	p.Spec.Containers[0].RestartPolicyRules = []corev1.ContainerRestartRule{{Action: corev1.ContainerRestartRuleActionRestart,
		ExitCodes: &corev1.ContainerRestartRuleOnExitCodes{Operator: corev1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{code}}}}
	return p
}

func observed(list ...*podplan.Container) podplan.Observed {
	o := podplan.Observed{Sandbox: &podplan.Sandbox{ID: "s", Ready: true, IPs: []string{"10.0.0.1"}}, Containers: map[string]*podplan.Container{}}
	for _, c := range list {
		c.SandboxID = "s"
		o.Containers[c.Name] = c
	}
	return o
}

func running(name string) *podplan.Container {
	return &podplan.Container{ID: name, Name: name, State: podplan.Running, StartedAt: now}
}

func exited(name string, code int32, reason string) *podplan.Container {
	return &podplan.Container{ID: name, Name: name, State: podplan.Exited, ExitCode: code, Reason: reason, StartedAt: now, FinishedAt: now}
}

// summary is phase, the container's state and which conditions are true.
func summary(s corev1.PodStatus) string {
	parts := []string{string(s.Phase)}
	for _, c := range s.ContainerStatuses {
		switch {
		case c.State.Waiting != nil:
			parts = append(parts, c.State.Waiting.Reason)
		case c.State.Running != nil:
			parts = append(parts, "running")
		case c.State.Terminated != nil:
			parts = append(parts, c.State.Terminated.Reason)
		}
	}
	for _, k := range []corev1.PodConditionType{corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady} {
		if c := pods.Condition(&s, k); c != nil && c.Status == corev1.ConditionTrue {
			parts = append(parts, string(k))
		}
	}
	return strings.Join(parts, " ")
}

func TestCompute(t *testing.T) {
	crash := map[string]podplan.Waiting{"a": {Reason: "CrashLoopBackOff"}}
	never := func(string) bool { return false }
	for _, c := range []struct {
		name string
		in   Input
		want string
	}{
		{"nothing yet", Input{Pod: pod(corev1.RestartPolicyAlways)}, "Pending ContainerCreating Initialized"},
		{"nothing yet, with an init container", Input{Pod: pod(corev1.RestartPolicyAlways, "i")}, "Pending PodInitializing"},
		{"running", Input{Pod: pod(corev1.RestartPolicyAlways), Observed: observed(running("a"))}, "Running running Initialized Ready ContainersReady"},
		{"not ready", Input{Pod: pod(corev1.RestartPolicyAlways), Observed: observed(running("a")), Ready: never}, "Running running Initialized"},
		{"between two runs", Input{Pod: pod(corev1.RestartPolicyAlways), Observed: observed(exited("a", 1, "")), Waiting: crash}, "Running CrashLoopBackOff Initialized"},
		{"succeeded", Input{Pod: pod(corev1.RestartPolicyNever), Observed: observed(exited("a", 0, ""))}, "Succeeded Completed Initialized"},
		{"failed", Input{Pod: pod(corev1.RestartPolicyNever), Observed: observed(exited("a", 3, ""))}, "Failed Error Initialized"},
		{"out of memory", Input{Pod: pod(corev1.RestartPolicyNever), Observed: observed(exited("a", 137, "OOMKilled"))}, "Failed OOMKilled Initialized"},
		{"init runs", Input{Pod: pod(corev1.RestartPolicyAlways, "i"), Observed: observed(running("i")), Waiting: map[string]podplan.Waiting{"a": {Reason: "PodInitializing"}}}, "Pending PodInitializing"},
		{"init failed for good", Input{Pod: pod(corev1.RestartPolicyNever, "i"), Observed: observed(exited("i", 1, "")), Waiting: map[string]podplan.Waiting{"a": {Reason: "PodInitializing"}}}, "Failed PodInitializing"},
		{"a rule restarts it", Input{Pod: ruled(corev1.RestartPolicyNever, 3), Observed: observed(exited("a", 3, ""))}, "Running Error Initialized"},
		{"a rule of other ends", Input{Pod: ruled(corev1.RestartPolicyNever, 4), Observed: observed(exited("a", 3, ""))}, "Failed Error Initialized"},
		{"rejected", Input{Pod: pod(corev1.RestartPolicyAlways), Rejected: &podplan.Waiting{Reason: "OutOfcpu"}}, "Failed"},
	} {
		c.in.Now = now
		if got := summary(Compute(c.in)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLastRunAndAddresses(t *testing.T) {
	o := observed(running("a"))
	o.Containers["a"].Attempt = 2
	o.Dead = []*podplan.Container{{ID: "old", Name: "a", State: podplan.Exited, ExitCode: 7, Attempt: 1, FinishedAt: now}}
	s := Compute(Input{Pod: pod(corev1.RestartPolicyAlways), Observed: o, HostIPs: []string{"192.0.2.1"}, Now: now,
		TerminationMessage: func(_ *corev1.Container, c *podplan.Container) string { return "last words of " + c.ID }})
	c := s.ContainerStatuses[0]
	if c.RestartCount != 2 || c.LastTerminationState.Terminated == nil || c.LastTerminationState.Terminated.ExitCode != 7 || c.LastTerminationState.Terminated.Message != "last words of old" {
		t.Errorf("container is %+v", c)
	}
	if s.PodIP != "10.0.0.1" || s.HostIP != "192.0.2.1" || s.ObservedGeneration != 2 || s.StartTime == nil {
		t.Errorf("status is %+v", s)
	}
}

func TestResizing(t *testing.T) {
	cpu := func(s string) corev1.ResourceRequirements {
		return corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(s)}}
	}
	p := pod(corev1.RestartPolicyAlways)
	p.Spec.Containers[0].Resources = cpu("2")
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", Resources: ptr.To(cpu("1"))}}
	given, inForce := cpu("2"), false
	in := Input{Pod: p, Observed: observed(running("a")), Now: now,
		Given:   func(*corev1.Container) *corev1.ResourceRequirements { return &given },
		InForce: func(*corev1.Container, *podplan.Container) bool { return inForce }}
	check := func(what, allocated, resources string, conditions ...string) {
		t.Helper()
		s := Compute(in)
		if got := s.ContainerStatuses[0]; got.AllocatedResources.Cpu().String() != allocated || got.Resources.Requests.Cpu().String() != resources {
			t.Errorf("%s: allocated %v, in force %v", what, got.AllocatedResources, got.Resources)
		}
		var are []string
		for _, c := range s.Conditions {
			if c.Type == corev1.PodResizePending || c.Type == corev1.PodResizeInProgress {
				are = append(are, string(c.Type)+":"+c.Reason)
			}
		}
		if !slices.Equal(are, conditions) {
			t.Errorf("%s: conditions %q, want %q", what, are, conditions)
		}
		in.Pod.Status = s
	}
	check("granted, not in force", "2", "1", "PodResizeInProgress:")
	in.ResizeFault = "no"
	check("granted, refused by the kernel", "2", "1", "PodResizeInProgress:Error")
	in.ResizeFault, inForce = "", true
	check("in force", "2", "2")
	given, in.Pending = cpu("1"), &resize.Pending{Reason: corev1.PodReasonDeferred}
	check("deferred", "1", "1", "PodResizePending:Deferred")
}
