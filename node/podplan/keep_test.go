package podplan

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func hash(c *corev1.Container) string { return c.Image }

// seen makes what the runtime has: containers of sandbox "s".
func seen(list ...Container) Observed {
	o := Observed{Sandbox: &Sandbox{ID: "s", Ready: true}, Containers: map[string]*Container{}}
	for i := range list {
		c := &list[i]
		c.SandboxID = "s"
		o.Containers[c.Name] = c
	}
	return o
}

func running(name string) Container {
	return Container{ID: name, Name: name, State: Running, Hash: "1"}
}

func ended(name string, code int32) Container {
	return Container{ID: name, Name: name, State: Exited, Hash: "1", ExitCode: code}
}

func starts(p Plan) (names []string) {
	for _, s := range p.Start {
		names = append(names, s.Container.Name)
	}
	return names
}

func TestKill(t *testing.T) {
	five, seven := ptr.To(int64(5)), ptr.To(int64(7))
	probed := corev1.Container{Name: "c", Image: "1", LivenessProbe: &corev1.Probe{TerminationGracePeriodSeconds: five},
		StartupProbe: &corev1.Probe{TerminationGracePeriodSeconds: seven}}
	plain := corev1.Container{Name: "c", Image: "1", LivenessProbe: &corev1.Probe{}}
	never := corev1.ContainerRestartPolicyNever
	tests := map[string]struct {
		container corev1.Container
		policy    corev1.RestartPolicy
		failed    string
		now       Container
		message   string // "" for no kill
		grace     *int64
		deleted   bool
	}{
		"nothing failed":               {container: probed, now: running("c")},
		"liveness, with its own grace": {container: probed, now: running("c"), failed: "liveness", message: "Container c failed liveness probe, will be restarted", grace: five},
		"startup, with its own grace":  {container: probed, now: running("c"), failed: "startup", message: "Container c failed startup probe, will be restarted", grace: seven},
		"with the pod's grace":         {container: plain, now: running("c"), failed: "liveness", message: "Container c failed liveness probe, will be restarted"},
		"restarted on failure": {container: plain, policy: corev1.RestartPolicyOnFailure, now: running("c"), failed: "liveness",
			message: "Container c failed liveness probe, will be restarted"},
		"not to be restarted": {container: plain, policy: corev1.RestartPolicyNever, now: running("c"), failed: "liveness", message: "Container c failed liveness probe"},
		"not to be restarted, by its own policy": {container: corev1.Container{Name: "c", Image: "1", RestartPolicy: &never}, now: running("c"), failed: "liveness",
			message: "Container c failed liveness probe"},
		"ended already": {container: plain, now: ended("c", 1), failed: "liveness"},
		"changed, whatever the policy": {container: corev1.Container{Name: "c", Image: "2"}, policy: corev1.RestartPolicyNever, now: running("c"),
			message: "Container c definition changed, will be restarted"},
		"changed and failed": {container: corev1.Container{Name: "c", Image: "2", LivenessProbe: &corev1.Probe{TerminationGracePeriodSeconds: five}}, now: running("c"), failed: "liveness",
			message: "Container c definition changed, will be restarted"},
		"deleted": {container: plain, now: running("c"), failed: "liveness", deleted: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: test.policy, Containers: []corev1.Container{test.container}}}
			if test.policy == "" {
				pod.Spec.RestartPolicy = corev1.RestartPolicyAlways
			}
			if test.deleted {
				pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
			}
			in := Input{Pod: pod, Observed: seen(test.now), Hash: hash, Now: time.Unix(2, 0)}
			if test.failed != "" {
				in.Failed = map[string]string{"c": test.failed}
			}
			kills := Decide(in).Kill
			if test.message == "" {
				if len(kills) != 0 {
					t.Errorf("kills %+v, want none", kills)
				}
				return
			}
			if len(kills) != 1 || kills[0].Message != test.message || !ptr.Equal(kills[0].Grace, test.grace) || kills[0].Container.ID != "c" {
				t.Errorf("kills %+v, want %q with grace %v", kills, test.message, test.grace)
			}
		})
	}
}

func TestKilledForItsSpecIsStartedAgain(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "c", Image: "2"}}}}
	plan := Decide(Input{Pod: pod, Observed: seen(ended("c", 137)), Hash: hash, Now: time.Unix(2, 0)})
	if !slices.Equal(starts(plan), []string{"c"}) || plan.Stop {
		t.Errorf("starts %v, stop %v", starts(plan), plan.Stop)
	}
	pod.Spec.Containers[0].Image = "1"
	if plan := Decide(Input{Pod: pod, Observed: seen(ended("c", 137)), Hash: hash, Now: time.Unix(2, 0)}); !plan.Stop || len(plan.Start) != 0 {
		t.Errorf("starts %v, stop %v of a pod that is over", starts(plan), plan.Stop)
	}
}

func TestSidecarHoldsBackUntilItHasStarted(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyAlways,
		InitContainers: []corev1.Container{{Name: "side", Image: "1", RestartPolicy: &always, StartupProbe: &corev1.Probe{}}, {Name: "init", Image: "1"}},
		Containers:     []corev1.Container{{Name: "c", Image: "1"}}}}
	tests := map[string]struct {
		observed Observed
		started  bool
		failed   map[string]string
		want     []string
		kills    int
	}{
		"not there":                      {observed: seen(), want: []string{"side"}},
		"runs, but has not come up":      {observed: seen(running("side"))},
		"has come up":                    {observed: seen(running("side")), started: true, want: []string{"init"}},
		"its startup failed":             {observed: seen(running("side")), failed: map[string]string{"side": "startup"}, kills: 1},
		"what came after it has run":     {observed: seen(running("side"), ended("init", 0), running("c"))},
		"it went when all else was done": {observed: seen(ended("side", 1), ended("init", 0)), started: true, want: []string{"side"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan := Decide(Input{Pod: pod, Observed: test.observed, Hash: hash, Failed: test.failed, Started: func(string) bool { return test.started }, Now: time.Unix(2, 0)})
			if !slices.Equal(starts(plan), test.want) || len(plan.Kill) != test.kills {
				t.Errorf("starts %v, kills %v, want %v, %d", starts(plan), plan.Kill, test.want, test.kills)
			}
		})
	}
}
