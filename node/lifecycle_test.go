package node_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/facts/pods"
	"argosy.dev/node"
	"argosy.dev/node/pressure"
	"argosy.dev/node/probes"
	"argosy.dev/volume"
)

// noVolumes are a pod's volumes where there are none.
type noVolumes struct{}

func (noVolumes) Prepare(context.Context, *corev1.Pod) (map[string]volume.Mount, error) {
	return nil, nil
}
func (noVolumes) Cleanup(context.Context, types.UID) error { return nil }
func (noVolumes) SubPath(*corev1.Pod, volume.Mount, string, string) (string, error) {
	return "", errors.New("there are no volumes")
}
func (noVolumes) Scratch(*corev1.Pod) []string                 { return nil }
func (noVolumes) Exceeded(*corev1.Pod) (*corev1.Volume, error) { return nil, nil }

func (noVolumes) RefreshAt(types.UID) (time.Time, bool) { return time.Time{}, false }

// world is an agent on a fake runtime, in a cluster in memory.
type world struct {
	*fakeRuntime
	t       *testing.T
	cluster *controllertest.Cluster
	pods    client.Resource[*corev1.Pod]
	images  *fakeImages
	dir     string
	// seen is what the machine has; nil for enough of everything.
	seen atomic.Pointer[pressure.Observations]
}

// inWorld runs a test in a bubble where time costs nothing.
func inWorld(t *testing.T, test func(w *world)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{fakeRuntime: newFakeRuntime(), t: t, cluster: controllertest.New(t), images: &fakeImages{}, dir: dir}
		w.pods = client.Pods(w.cluster)
		log := slog.New(slog.DiscardHandler)
		events := record.New(w.cluster, "kubelet", "n", log)
		agent, err := node.New(node.Options{Name: "n", Cluster: w.cluster, Runtime: w.fakeRuntime, Images: w.images, Volumes: noVolumes{},
			Probes: probes.New(w.fakeRuntime, events), Events: events, Log: log, Dir: dir, LogDir: dir + "/logs", Addresses: []string{"192.0.2.1"},
			Observe: func(context.Context) (pressure.Observations, error) {
				if seen := w.seen.Load(); seen != nil {
					return *seen, nil
				}
				return nil, nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { events.Run(ctx) })
		running.Go(func() {
			if err := agent.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		defer running.Wait()
		defer cancel()
		synctest.Wait()
		w.begun = time.Now()
		test(w)
	})
}

// pass lets time pass until a little after what happens then.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// run makes a pod of containers on the node; edits are its other properties.
func (w *world) run(containers []corev1.Container, edits ...func(*corev1.Pod)) {
	w.t.Helper()
	grace := int64(10)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default"}, Spec: corev1.PodSpec{NodeName: "n", TerminationGracePeriodSeconds: &grace, Containers: containers}}
	for _, edit := range edits {
		edit(pod)
	}
	for i := range pod.Spec.Containers {
		pod.Spec.Containers[i].Image, pod.Spec.Containers[i].ImagePullPolicy = "i", corev1.PullIfNotPresent
	}
	for i := range pod.Spec.InitContainers {
		pod.Spec.InitContainers[i].Image, pod.Spec.InitContainers[i].ImagePullPolicy = "i", corev1.PullIfNotPresent
	}
	if _, err := client.ServiceAccounts(w.cluster).Create(w.t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: "default"}}); err != nil {
		w.t.Fatal(err)
	}
	no := false
	pod.Spec.AutomountServiceAccountToken = &no
	if _, err := w.pods.Create(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) remove(grace int64) {
	w.t.Helper()
	if err := w.pods.Delete(w.t.Context(), "default", "p", metav1.DeleteOptions{GracePeriodSeconds: &grace}); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) pod() *corev1.Pod {
	w.t.Helper()
	pod, ok := w.pods.Get("default", "p")
	if !ok {
		w.t.Fatal("the pod is gone")
	}
	return pod
}

func (w *world) container(name string) corev1.ContainerStatus {
	w.t.Helper()
	s := pods.Status(w.pod().Status.ContainerStatuses, name)
	if s == nil {
		w.t.Fatalf("no status of container %s", name)
	}
	return *s
}

func (w *world) gone() bool {
	_, ok := w.pods.Get("default", "p")
	return !ok
}

// untimed takes the times off a history: liveness begins at any point of its period.
func untimed(history []string) []string {
	for i, s := range history {
		_, history[i], _ = strings.Cut(s, " ")
	}
	return history
}

// told are the messages of events with a reason.
func (w *world) told(reason string) (messages []string) {
	for _, e := range client.Events(w.cluster).List("default") {
		if e.Reason == reason {
			messages = append(messages, e.Message)
		}
	}
	slices.Sort(messages)
	return messages
}

func (w *world) expect(what string, got, want []string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

var failing = utilexec.CodeExitError{Err: errors.New("no"), Code: 1}

func fails(context.Context) error { return failing }

func takes(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func run(command string) *corev1.ExecAction { return &corev1.ExecAction{Command: []string{command}} }

func probe(command string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: run(command)}, PeriodSeconds: period, FailureThreshold: failures}
}

func preStop(name string, h corev1.LifecycleHandler) corev1.Container {
	return corev1.Container{Name: name, Lifecycle: &corev1.Lifecycle{PreStop: &h}}
}

func TestReadinessIsTold(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("ready", fails)
		w.run([]corev1.Container{{Name: "a", ReadinessProbe: probe("ready", 5, 1)}, {Name: "b"}})
		if s := w.container("a"); s.Ready || s.State.Running == nil || !*s.Started || !w.container("b").Ready || pods.Ready(w.pod()) {
			t.Errorf("before its probe succeeded: %+v", w.pod().Status)
		}
		w.answer("ready", nil)
		w.pass(time.Second)
		if !w.container("a").Ready || !pods.Ready(w.pod()) {
			t.Errorf("after its probe succeeded: %+v", w.pod().Status)
		}
		w.answer("ready", fails)
		w.pass(6 * time.Second)
		if w.container("a").Ready || pods.Ready(w.pod()) {
			t.Errorf("after its probe failed: %+v", w.pod().Status)
		}
		w.expect("events", w.told("Unhealthy"), []string{"Readiness probe failed: "})
	})
}

func TestLivenessRestarts(t *testing.T) {
	inWorld(t, func(w *world) {
		three := int64(3)
		live := probe("live", 1, 2)
		live.TerminationGracePeriodSeconds = &three
		w.stubborn["a"] = time.Hour
		w.run([]corev1.Container{{Name: "a", LivenessProbe: live}, {Name: "b"}})
		w.pass(5 * time.Second)
		w.answer("live", fails)
		w.pass(2 * time.Second)
		w.answer("live", nil)
		w.pass(4 * time.Second)
		w.expect("done", untimed(w.history("exec")), []string{"start a", "start b", "stop a 3", "end a 137", "start a"})
		if s := w.container("a"); s.RestartCount != 1 || s.State.Running == nil || s.LastTerminationState.Terminated.ExitCode != 137 {
			t.Errorf("after the restart: %+v", s)
		}
		if w.container("b").RestartCount != 0 {
			t.Error("the other container was restarted")
		}
		w.expect("events", w.told("Killing"), []string{"Container a failed liveness probe, will be restarted"})
		n := len(w.history("exec"))
		w.pass(time.Minute)
		if more := w.history("exec")[n:]; len(more) != 0 {
			t.Errorf("a container that is well again: %q", more)
		}
	})
}

func TestStartupThatFailsEndsAPodThatIsNotRestarted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("start", fails)
		w.run([]corev1.Container{{Name: "a", StartupProbe: probe("start", 1, 3)}}, func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever })
		if *w.container("a").Started {
			t.Error("started before its probe succeeded")
		}
		w.pass(4 * time.Second)
		if w.pod().Status.Phase != corev1.PodFailed {
			t.Errorf("phase %s", w.pod().Status.Phase)
		}
		w.expect("events", w.told("Killing"), []string{"Container a failed startup probe"})
	})
}

func TestPostStartComesBeforeAllElse(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("hook", takes(5*time.Second))
		a := corev1.Container{Name: "a", ReadinessProbe: probe("ready", 1, 1), Lifecycle: &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{Exec: run("hook")}}}
		w.run([]corev1.Container{a, {Name: "b"}})
		w.pass(4 * time.Second)
		if s := w.container("a"); s.State.Waiting == nil || s.State.Waiting.Reason != "ContainerCreating" || s.Ready {
			t.Errorf("while its hook is at work: %+v", s)
		}
		w.expect("done so far", w.history(), []string{"0s start a", "0s exec hook in a"})
		w.pass(1500 * time.Millisecond)
		if !w.container("a").Ready || !w.container("b").Ready {
			t.Errorf("after the hook: %+v", w.pod().Status.ContainerStatuses)
		}
		w.expect("done", w.history(), []string{"0s start a", "0s exec hook in a", "5s start b", "5s exec ready in a"})
	})
}

func TestPostStartThatFailsEndsTheContainer(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("hook", fails)
		a := preStop("a", corev1.LifecycleHandler{Exec: run("bye")})
		a.Lifecycle.PostStart = &corev1.LifecycleHandler{Exec: run("hook")}
		w.run([]corev1.Container{a, {Name: "b"}})
		w.pass(time.Second)
		if s := w.container("a"); s.State.Waiting == nil || s.State.Waiting.Reason != "CrashLoopBackOff" || s.RestartCount != 1 {
			t.Errorf("%+v, want it held back after its second run", s)
		}
		if w.container("b").State.Running == nil {
			t.Error("the other container does not run")
		}
		w.expect("done", w.history()[:6], []string{"0s start a", "0s exec hook in a", "0s exec bye in a", "0s stop a 10", "0s end a 143", "0s start b"})
		w.expect("events", w.told("FailedPostStartHook"), []string{"PostStartHook failed"})
		w.expect("events", w.told("Killing"), []string{"FailedPostStartHook"})
		w.answer("hook", nil)
		w.pass(20 * time.Second)
		if !w.container("a").Ready {
			t.Errorf("%+v, want it ready after its hook succeeded", w.container("a"))
		}
	})
}

func TestDeletionInterruptsPostStart(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("hook", takes(time.Hour))
		w.run([]corev1.Container{{Name: "a", Lifecycle: &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{Exec: run("hook")}}}, {Name: "b"}})
		w.pass(3 * time.Second)
		w.remove(10)
		w.pass(time.Second)
		if !w.gone() {
			t.Errorf("the pod is still there: %q", w.history())
		}
		w.expect("done", w.history(), []string{"0s start a", "0s exec hook in a", "3s stop a 10", "3s end a 143"})
		w.expect("events", w.told("FailedPostStartHook"), nil)
	})
}

func TestPreStopTakesFromTheGrace(t *testing.T) {
	tests := map[string]struct {
		hook    corev1.LifecycleHandler
		takes   func(context.Context) error
		grace   int64
		want    []string
		failed  []string
		deleted time.Duration // when the pod must be gone
	}{
		"short": {hook: corev1.LifecycleHandler{Exec: run("bye")}, takes: takes(3 * time.Second), grace: 10,
			want: []string{"0s start a", "0s exec bye in a", "3s stop a 7", "3s end a 143"}, deleted: 3 * time.Second},
		"it fails": {hook: corev1.LifecycleHandler{Exec: run("bye")}, takes: fails, grace: 10,
			want: []string{"0s start a", "0s exec bye in a", "0s stop a 10", "0s end a 143"}, failed: []string{"PreStopHook failed"}},
		"sleep": {hook: corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 4}}, grace: 10,
			want: []string{"0s start a", "4s stop a 6", "4s end a 143"}, deleted: 4 * time.Second},
		"nearly all of the grace": {hook: corev1.LifecycleHandler{Exec: run("bye")}, takes: takes(9500 * time.Millisecond), grace: 10,
			want: []string{"0s start a", "0s exec bye in a", "10s stop a 2", "10s end a 143"}, deleted: 10 * time.Second},
		"longer than the grace": {hook: corev1.LifecycleHandler{Exec: run("bye")}, takes: takes(time.Hour), grace: 10,
			want: []string{"0s start a", "0s exec bye in a", "10s stop a 2", "10s end a 143"}, deleted: 10 * time.Second},
		"it never listens": {hook: corev1.LifecycleHandler{Exec: run("bye")}, takes: func(context.Context) error { return takes(time.Hour)(context.Background()) }, grace: 1,
			want: []string{"0s start a", "0s exec bye in a", "1s stop a 2", "1s end a 143"}, deleted: time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.answer("bye", test.takes)
				w.run([]corev1.Container{preStop("a", test.hook)})
				w.remove(test.grace)
				w.pass(test.deleted + 10*time.Millisecond)
				if !w.gone() {
					t.Error("the pod is still there")
				}
				w.expect("done", w.history(), test.want)
				w.expect("events", w.told("FailedPreStopHook"), test.failed)
				w.pass(time.Hour) // for the hook that does not listen
			})
		})
	}
}

func TestStopsRunInParallelAndSidecarsComeLast(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("bye", takes(3*time.Second))
		w.stubborn["b"] = 5 * time.Second
		always := corev1.ContainerRestartPolicyAlways
		one, two := preStop("one", corev1.LifecycleHandler{Exec: run("bye")}), corev1.Container{Name: "two"}
		one.RestartPolicy, two.RestartPolicy = &always, &always
		w.run([]corev1.Container{preStop("a", corev1.LifecycleHandler{Exec: run("bye")}), {Name: "b"}}, func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{one, two} })
		w.pass(time.Second)
		w.remove(20)
		w.pass(10 * time.Second)
		if !w.gone() {
			t.Error("the pod is still there")
		}
		all := w.history("start")
		slices.Sort(all[:3]) // at the same time
		w.expect("done", all, []string{"1s exec bye in a", "1s exec bye in one", "1s stop b 20", "4s stop a 17", "4s end a 143", "6s end b 143",
			"6s stop two 15", "6s end two 143", "6s stop one 15", "6s end one 143"})
	})
}

func TestSidecarsDoNotWaitLongerThanTheGrace(t *testing.T) {
	inWorld(t, func(w *world) {
		always := corev1.ContainerRestartPolicyAlways
		w.stubborn["a"] = time.Hour
		w.run([]corev1.Container{{Name: "a"}}, func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always}}
		})
		w.remove(5)
		w.pass(6 * time.Second)
		if !w.gone() {
			t.Error("the pod is still there")
		}
		all := w.history("start")
		slices.Sort(all)
		w.expect("done", all, []string{"0s stop a 5", "5s end a 137", "5s end side 143", "5s stop side 2"})
	})
}

func TestShorterGraceRunsTheHookOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("bye", takes(time.Hour))
		w.run([]corev1.Container{preStop("a", corev1.LifecycleHandler{Exec: run("bye")})})
		w.remove(60)
		w.pass(5 * time.Second)
		w.remove(8)
		w.pass(4 * time.Second)
		if !w.gone() {
			t.Error("the pod is still there")
		}
		w.expect("done", w.history(), []string{"0s start a", "0s exec bye in a", "8s stop a 2", "8s end a 143"})
		w.expect("events", w.told("Killing"), []string{"Stopping container a"})
	})
}

func TestReadinessIsToldWhileThePodStops(t *testing.T) {
	inWorld(t, func(w *world) {
		w.stubborn["a"] = time.Hour
		w.run([]corev1.Container{{Name: "a", ReadinessProbe: probe("ready", 1, 1), LivenessProbe: probe("live", 1, 1)}})
		w.pass(2 * time.Second)
		if !pods.Ready(w.pod()) {
			t.Fatal("not ready before it is deleted")
		}
		w.remove(10)
		w.answer("ready", fails)
		w.answer("live", fails)
		w.pass(3 * time.Second)
		if pods.Ready(w.pod()) || w.container("a").State.Running == nil {
			t.Errorf("while it stops: %+v", w.pod().Status)
		}
		w.pass(10 * time.Second)
		if !w.gone() {
			t.Error("the pod is still there")
		}
		w.expect("events", w.told("Killing"), []string{"Stopping container a"})
	})
}

func TestHooksRunWhereProbesRestart(t *testing.T) {
	inWorld(t, func(w *world) {
		w.answer("live", fails)
		w.answer("bye", takes(4*time.Second))
		a := preStop("a", corev1.LifecycleHandler{Exec: run("bye")})
		a.LivenessProbe = probe("live", 1, 1)
		w.run([]corev1.Container{a})
		w.pass(time.Second)
		w.answer("live", nil)
		w.pass(7 * time.Second)
		if s := w.container("a"); s.RestartCount != 1 || s.State.Running == nil {
			t.Errorf("%+v, want it restarted once", s)
		}
		all := untimed(w.history())
		if i := slices.Index(all, "exec bye in a"); i < 0 || all[i+1] != "stop a 6" {
			t.Errorf("%q, want the hook, and then a stop with what is left of the grace", all)
		}
	})
}

func TestASandboxOfAnotherBuildIsMadeAnewWhenSomethingMustStart(t *testing.T) {
	inWorld(t, func(w *world) {
		w.run([]corev1.Container{{Name: "a"}, {Name: "b"}})
		w.mu.Lock()
		var b string
		for id, s := range w.sandboxes {
			w.foreign[s.Id] = true
			for cid, c := range w.containers {
				if c.sandbox == id && c.Metadata.Name == "b" {
					b = cid
				}
			}
		}
		w.mu.Unlock()
		w.pass(time.Minute)
		w.expect("what runs is kept", untimed(w.history()), []string{"start a", "start b"})
		w.end(b, 1)
		w.pass(time.Minute)
		w.expect("done", untimed(w.history()), []string{"start a", "start b", "end b 1", "stop a 10", "end a 143", "start a", "start b"})
		for _, name := range []string{"a", "b"} {
			if s := w.container(name); s.RestartCount != 1 || s.State.Running == nil {
				t.Errorf("container %s: %+v", name, s)
			}
		}
	})
}

func TestAllContainersRestart(t *testing.T) {
	inWorld(t, func(w *world) {
		never := corev1.ContainerRestartPolicyNever
		a := corev1.Container{Name: "a", RestartPolicy: &never, RestartPolicyRules: []corev1.ContainerRestartRule{{Action: corev1.ContainerRestartRuleActionRestartAllContainers,
			ExitCodes: &corev1.ContainerRestartRuleOnExitCodes{Operator: corev1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{7}}}}}
		w.run([]corev1.Container{a, preStop("b", corev1.LifecycleHandler{Exec: run("bye")})}, func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever })
		trigger := func() {
			t.Helper()
			w.mu.Lock()
			var id string
			for cid, c := range w.containers {
				if c.Metadata.Name == "a" {
					id = cid
				}
			}
			w.mu.Unlock()
			w.end(id, 7)
			w.pass(20 * time.Second)
		}
		trigger()
		w.expect("done, without its hook", untimed(w.history()), []string{"start a", "start b", "end a 7", "stop b 2", "end b 143", "start a", "start b"})
		if s := w.container("b"); s.RestartCount != 1 || !s.Ready || s.LastTerminationState.Terminated == nil || len(w.sandboxes) != 1 {
			t.Errorf("%+v", s)
		}
		if c := pods.Condition(&w.pod().Status, corev1.AllContainersRestarting); c == nil || c.Status != corev1.ConditionFalse {
			t.Errorf("its condition: %+v", c)
		}
		n := len(w.history())
		trigger()
		if more := untimed(w.history()[n:]); len(more) != 5 {
			t.Errorf("the second time: %q", more)
		}
	})
}

func TestEphemeralContainersRunOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.run([]corev1.Container{{Name: "a"}})
		p := w.pod().DeepCopy()
		p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "d", Image: "i", ImagePullPolicy: corev1.PullIfNotPresent,
			TerminationMessagePolicy: corev1.TerminationMessageReadFile}, TargetContainerName: "a"}}
		if _, err := w.pods.UpdateSub(w.t.Context(), p.Namespace, p.Name, "ephemeralcontainers", p); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		if list := w.pod().Status.EphemeralContainerStatuses; len(list) != 1 || list[0].State.Running == nil {
			t.Errorf("%+v", list)
		}
		w.remove(3)
		w.pass(time.Second)
		all := untimed(w.history())
		slices.Sort(all)
		w.expect("done", all, []string{"end a 143", "end d 143", "start a", "start d", "stop a 3", "stop d 3"})
		if !w.gone() {
			t.Error("the pod is still there")
		}
	})
}
