package podplan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func pod(edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways, Containers: []corev1.Container{{Name: "a"}, {Name: "b"}}}}
	for _, e := range edits {
		e(p)
	}
	return p
}

func policy(r corev1.RestartPolicy) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.RestartPolicy = r }
}

func inits(names ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, n := range names {
			c := corev1.Container{Name: n}
			if strings.HasPrefix(n, "side") {
				c.RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
			}
			p.Spec.InitContainers = append(p.Spec.InitContainers, c)
		}
	}
}

// rules gives container a a restart policy of its own with one rule.
func rules(own corev1.ContainerRestartPolicy, action corev1.ContainerRestartRuleAction, operator corev1.ContainerRestartRuleOnExitCodesOperator, codes ...int32) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Containers[0].RestartPolicy = &own
		p.Spec.Containers[0].RestartPolicyRules = []corev1.ContainerRestartRule{{Action: action, ExitCodes: &corev1.ContainerRestartRuleOnExitCodes{Operator: operator, Values: codes}}}
	}
}

func debug(name, target string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: name}, TargetContainerName: target})
	}
}

func deleted(p *corev1.Pod) { p.DeletionTimestamp = ptr.To(metav1.NewTime(now)) }

// have describes what runs: "a:running b:exit1 c:exit0 d:created".
func have(text string) Observed {
	o := Observed{Sandbox: &Sandbox{ID: "s", Ready: true}, Containers: map[string]*Container{}}
	for _, part := range strings.Fields(text) {
		name, state, _ := strings.Cut(part, ":")
		c := &Container{ID: name + "-0", Name: name, SandboxID: "s", Hash: name}
		switch {
		case state == "running":
			c.State = Running
		case state == "created":
			c.State = Created
		case state == "changed":
			c.State, c.Hash = Running, "other"
		default:
			c.State = Exited
			fmt.Sscanf(state, "exit%d", &c.ExitCode)
		}
		o.Containers[name] = c
	}
	return o
}

// text writes a plan as the tables below have it.
func text(p Plan) string {
	var parts []string
	if p.Stop {
		parts = append(parts, "stop")
	}
	if p.Remove {
		parts = append(parts, "remove")
	}
	if p.Sandbox {
		parts = append(parts, fmt.Sprintf("sandbox/%d", p.Attempt))
	}
	for _, k := range p.Kill {
		parts = append(parts, "kill:"+k.Container.Name)
	}
	for _, r := range p.Resize {
		parts = append(parts, "resize:"+r.Container.Name)
	}
	for _, r := range p.Reset {
		parts = append(parts, "reset:"+r.Name)
	}
	for _, s := range p.Start {
		parts = append(parts, fmt.Sprintf("start:%s/%d", s.Container.Name, s.Attempt))
	}
	if p.Again > 0 {
		parts = append(parts, "again:"+p.Again.String())
	}
	return strings.Join(parts, " ")
}

func TestDecide(t *testing.T) {
	dead := have("a:running")
	dead.Sandbox.Ready = false
	dead.Sandbox.Attempt = 2
	for _, c := range []struct {
		name     string
		pod      *corev1.Pod
		observed Observed
		troubles map[string]Trouble
		want     string
	}{
		{"nothing there", pod(), Observed{}, nil, "sandbox/0"},
		{"a sandbox that failed lately", pod(), Observed{}, map[string]Trouble{"": {Until: now.Add(time.Second)}}, "again:1s"},
		{"a sandbox that died", pod(), dead, nil, "sandbox/3"},
		{"both to start", pod(), have(""), nil, "start:a/0 start:b/0"},
		{"both run", pod(), have("a:running b:running"), nil, ""},
		{"one ended", pod(), have("a:running b:exit0"), nil, "start:b/1"},
		{"one is held back", pod(), have("a:running b:exit1"), map[string]Trouble{"b": {Until: now.Add(3 * time.Second)}}, "again:3s"},
		{"made but never started", pod(), have("a:running b:created"), nil, "start:b/0"},
		{"a changed spec", pod(), have("a:changed b:running"), nil, "kill:a"},
		{"on failure, ended well", pod(policy(corev1.RestartPolicyOnFailure)), have("a:exit0 b:running"), nil, ""},
		{"on failure, ended badly", pod(policy(corev1.RestartPolicyOnFailure)), have("a:exit1 b:running"), nil, "start:a/1"},
		{"never", pod(policy(corev1.RestartPolicyNever)), have("a:exit1 b:running"), nil, ""},
		{"all over", pod(policy(corev1.RestartPolicyNever)), have("a:exit1 b:exit0"), nil, "stop"},
		{"init first", pod(inits("i", "j")), have(""), nil, "start:i/0"},
		{"second init", pod(inits("i", "j")), have("i:exit0"), nil, "start:j/0"},
		{"init failed", pod(inits("i")), have("i:exit1"), nil, "start:i/1"},
		{"init failed for good", pod(inits("i"), policy(corev1.RestartPolicyNever)), have("i:exit1"), nil, "stop"},
		{"initialized", pod(inits("i")), have("i:exit0"), nil, "start:a/0 start:b/0"},
		{"init is not repeated", pod(inits("i")), have("a:running b:exit1"), nil, "start:b/1"},
		{"sidecar starts before what follows", pod(inits("side", "j")), have(""), nil, "start:side/0"},
		{"sidecar runs, the next init", pod(inits("side", "j")), have("side:running"), nil, "start:j/0"},
		{"sidecar that ended is started again beside the containers", pod(inits("side")), have("side:exit0 a:running b:running"), nil, "start:side/1"},
		{"deleted", pod(deleted), have("a:running b:running"), nil, "stop remove"},
		{"finished already", pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), Observed{}, nil, ""},
		{"deadline passed", pod(func(p *corev1.Pod) {
			p.Spec.ActiveDeadlineSeconds = ptr.To(int64(5))
			p.Status.StartTime = ptr.To(metav1.NewTime(now.Add(-5 * time.Second)))
		}), have("a:running b:running"), nil, "stop"},
		{"deadline to come", pod(func(p *corev1.Pod) {
			p.Spec.ActiveDeadlineSeconds = ptr.To(int64(5))
			p.Status.StartTime = ptr.To(metav1.NewTime(now.Add(-3 * time.Second)))
		}), have("a:running b:running"), nil, "again:2s"},
		{"lost by the runtime, never to run again", pod(policy(corev1.RestartPolicyNever), func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", ContainerID: "x"}, {Name: "b", ContainerID: "y"}}
		}), Observed{}, nil, ""},
		{"lost by the runtime after it ended well", pod(policy(corev1.RestartPolicyOnFailure), func(p *corev1.Pod) {
			over := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", ContainerID: "x", State: over}, {Name: "b", ContainerID: "y", State: over}}
		}), Observed{}, nil, ""},
		{"lost by the runtime while it ran, to run again", pod(policy(corev1.RestartPolicyOnFailure), func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", ContainerID: "x"}, {Name: "b", ContainerID: "y"}}
		}), Observed{}, nil, "sandbox/0"},
		{"a rule restarts what its policy does not", pod(rules("Never", "Restart", "In", 42)), have("a:exit42 b:running"), nil, "start:a/1"},
		{"a rule speaks of other ends", pod(rules("Never", "Restart", "In", 42)), have("a:exit1 b:running"), nil, ""},
		{"a rule that speaks of what is not listed", pod(rules("Never", "Restart", "NotIn", 0)), have("a:exit1 b:running"), nil, "start:a/1"},
		{"a container's own policy, against the pod's", pod(rules("OnFailure", "Restart", "In", 0), policy(corev1.RestartPolicyNever)), have("a:exit1 b:exit1"), nil, "start:a/1"},
		{"all are restarted: what runs ends first", pod(rules("Never", "RestartAllContainers", "In", 42), inits("i")), have("i:exit0 a:exit42 b:running"), nil, "kill:b"},
		{"all are restarted: then they begin again", pod(rules("Never", "RestartAllContainers", "In", 42), inits("i")), have("i:exit0 a:exit42 b:exit137"), nil, "reset:i reset:b reset:a"},
		{"all are restarted, but not yet", pod(rules("Never", "RestartAllContainers", "In", 42)), have("a:exit42 b:exit137"), map[string]Trouble{"a": {Until: now.Add(time.Second)}}, "again:1s"},
		{"all are restarted, and were taken away", pod(policy(corev1.RestartPolicyNever), func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", ContainerID: "x", RestartCount: 1}, {Name: "b", ContainerID: "y"}}
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.AllContainersRestarting, Status: corev1.ConditionTrue}}
		}), have(""), nil, "start:a/2 start:b/1"},
		{"a container for debugging", pod(debug("d", "a")), have("a:running b:running"), nil, "start:d/0"},
		{"a container for debugging, while init containers run", pod(debug("d", ""), inits("i")), have("i:running"), nil, "start:d/0"},
		{"a container for debugging is not started again", pod(debug("d", "a")), have("a:running b:running d:exit1"), nil, ""},
		{"a container for debugging holds no pod up", pod(debug("d", "a"), policy(corev1.RestartPolicyNever)), have("a:exit0 b:exit0 d:running"), nil, "stop"},
		{"lost by the runtime, known to the API", pod(func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", ContainerID: "x", RestartCount: 4}}
		}), have("b:running"), nil, "start:a/5"},
	} {
		got := text(Decide(Input{Pod: c.pod, Observed: c.observed, Troubles: c.troubles, Hash: func(c *corev1.Container) string { return c.Name }, Now: now}))
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
