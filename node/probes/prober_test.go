package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node"
)

// fake answers commands by what answers says of their first word, and notes when it was asked, and what events there were.
type fake struct {
	mu      sync.Mutex
	begun   time.Time
	answers map[string]error
	takes   time.Duration
	asked   map[string][]time.Duration
	events  []string
}

func (f *fake) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) ([]byte, []byte, error) {
	f.mu.Lock()
	f.asked[id+" "+command[0]] = append(f.asked[id+" "+command[0]], time.Since(f.begun))
	err, takes := f.answers[command[0]], f.takes
	f.mu.Unlock()
	select {
	case <-time.After(min(takes, timeout)):
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if takes > timeout {
		return nil, nil, context.DeadlineExceeded
	}
	if err != nil {
		return []byte("out "), []byte("err"), err
	}
	return nil, nil, nil
}

func (f *fake) Warning(about corev1.ObjectReference, reason, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, about.FieldPath+" "+reason+": "+fmt.Sprintf(format, args...))
}

func (f *fake) set(command string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[command] = err
}

func (f *fake) times(what string) []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked[what])
}

func (f *fake) told() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.events)
}

var no = utilexec.CodeExitError{Err: errors.New("no"), Code: 1}

func command(name string, p corev1.Probe) *corev1.Probe {
	p.Exec = &corev1.ExecAction{Command: []string{name}}
	return &p
}

// stage is a prober on a fake, with one pod.
type stage struct {
	*fake
	*Prober
	pod     *corev1.Pod
	changes int
}

func newStage(c corev1.Container) *stage {
	c.Name = "c"
	f := &fake{begun: time.Now(), answers: map[string]error{}, asked: map[string][]time.Duration{}}
	p := New(f, f)
	p.random = func() float64 { return 0.5 }
	return &stage{fake: f, Prober: p, pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default", UID: "u"}, Spec: corev1.PodSpec{Containers: []corev1.Container{c}}}}
}

func (s *stage) runs(id string) {
	running := map[string]node.RunningContainer{}
	if id != "" {
		running["c"] = node.RunningContainer{ID: id, PodIP: "10.0.0.1", Started: time.Now()}
	}
	s.Update(s.pod, running, s.change)
}

func (s *stage) change() {
	s.fake.mu.Lock()
	s.changes++
	s.fake.mu.Unlock()
}

func (s *stage) expect(t *testing.T, started, ready bool, failed string) {
	t.Helper()
	synctest.Wait()
	if s.Started("u", "c") != started || s.Ready("u", "c") != ready || s.Failed("u")["c"] != failed {
		t.Errorf("at %v: started %v, ready %v, failed %q, want %v, %v, %q", time.Since(s.begun), s.Started("u", "c"), s.Ready("u", "c"), s.Failed("u")["c"], started, ready, failed)
	}
}

func at(list ...float64) []time.Duration {
	out := make([]time.Duration, len(list))
	for i, n := range list {
		out[i] = time.Duration(n * float64(time.Second))
	}
	return out
}

func TestReadinessFollowsTheContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{ReadinessProbe: command("ready", corev1.Probe{PeriodSeconds: 1, FailureThreshold: 2})})
		s.set("ready", no)
		s.runs("1")
		s.expect(t, true, false, "")
		time.Sleep(500 * time.Millisecond)
		s.set("ready", nil)
		time.Sleep(300 * time.Millisecond) // at 0.8 s
		s.expect(t, true, true, "")
		if len(s.told()) != 0 || s.changes != 1 {
			t.Errorf("events %q, changes %d, want none and 1", s.told(), s.changes)
		}
		s.set("ready", no)
		time.Sleep(time.Second)
		s.expect(t, true, true, "")
		time.Sleep(time.Second)
		s.expect(t, true, false, "")
		want := []string{"spec.containers{c} Unhealthy: Readiness probe failed: out err", "spec.containers{c} Unhealthy: Readiness probe failed: out err"}
		if !slices.Equal(s.told(), want) {
			t.Errorf("events %q, want %q", s.told(), want)
		}
		if s.changes != 2 {
			t.Errorf("%d changes, want 2", s.changes)
		}
		s.Forget("u")
		n := len(s.times("1 ready"))
		time.Sleep(time.Minute)
		if got := len(s.times("1 ready")); got != n {
			t.Errorf("%d runs after the pod was forgotten", got-n)
		}
	})
}

func TestOthersWaitForStartup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{
			StartupProbe:   command("start", corev1.Probe{PeriodSeconds: 2, FailureThreshold: 10}),
			LivenessProbe:  command("live", corev1.Probe{PeriodSeconds: 4, FailureThreshold: 1}),
			ReadinessProbe: command("ready", corev1.Probe{PeriodSeconds: 4}),
		})
		s.set("start", no)
		s.runs("1")
		time.Sleep(7 * time.Second)
		s.expect(t, false, false, "")
		if n := len(s.times("1 live")) + len(s.times("1 ready")); n != 0 {
			t.Errorf("%d runs before startup succeeded", n)
		}
		s.set("start", nil)
		time.Sleep(time.Second) // at 8 s
		s.expect(t, true, true, "")
		s.set("live", no)
		time.Sleep(2 * time.Second)
		s.expect(t, true, true, "liveness")
		time.Sleep(10500 * time.Millisecond)
		if got, want := s.times("1 start"), at(0, 0.025, 0.075, 0.175, 0.375, 0.775, 1.575, 2, 4, 6, 8); !slices.Equal(got, want) {
			t.Errorf("startup asked at %v, want %v", got, want)
		}
		if got, want := s.times("1 live"), at(10); !slices.Equal(got, want) {
			t.Errorf("liveness asked at %v, want %v: not once it failed", got, want)
		}
		if got, want := s.times("1 ready"), at(8, 12, 16, 20); !slices.Equal(got, want) {
			t.Errorf("readiness asked at %v, want %v", got, want)
		}
		s.set("start", no)
		s.runs("2") // a new run starts over
		s.expect(t, false, false, "")
		s.Forget("u")
	})
}

func TestStartupThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{StartupProbe: command("start", corev1.Probe{PeriodSeconds: 1, FailureThreshold: 3})})
		s.set("start", no)
		s.runs("1")
		time.Sleep(2900 * time.Millisecond)
		s.expect(t, false, true, "")
		time.Sleep(200 * time.Millisecond) // failureThreshold*periodSeconds is over
		s.expect(t, false, true, "startup")
		s.runs("")
		s.expect(t, true, true, "")
		s.runs("2")
		s.expect(t, false, true, "")
		s.Forget("u")
	})
}

func TestDeletionEndsLivenessNotReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{
			LivenessProbe:  command("live", corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1}),
			ReadinessProbe: command("ready", corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1}),
		})
		s.runs("1")
		time.Sleep(2 * time.Second)
		s.pod = s.pod.DeepCopy()
		s.pod.DeletionTimestamp = &metav1.Time{Time: time.Now()}
		s.runs("1")
		s.set("live", no)
		s.set("ready", no)
		time.Sleep(2 * time.Second)
		s.expect(t, true, false, "")
		s.Forget("u")
	})
}

func TestTimeoutIsAFailureErrorIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{LivenessProbe: command("live", corev1.Probe{PeriodSeconds: 4, FailureThreshold: 1, TimeoutSeconds: 1})})
		s.set("live", errors.New("the runtime is away"))
		s.runs("1")
		time.Sleep(3 * time.Second)
		s.expect(t, true, true, "")
		s.set("live", nil)
		s.fake.mu.Lock()
		s.takes = time.Minute
		s.fake.mu.Unlock()
		time.Sleep(5 * time.Second)
		s.expect(t, true, true, "liveness")
		want := []string{"spec.containers{c} Unhealthy: Liveness probe errored and resulted in unknown state: the runtime is away",
			`spec.containers{c} Unhealthy: Liveness probe failed: command timed out: "live" timed out after 1s`}
		if !slices.Equal(s.told(), want) {
			t.Errorf("events %q, want %q", s.told(), want)
		}
		s.Forget("u")
	})
}

func TestRunThatIsOvertakenCountsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(corev1.Container{LivenessProbe: command("live", corev1.Probe{PeriodSeconds: 10, FailureThreshold: 1, TimeoutSeconds: 10})})
		s.takes = 8 * time.Second
		s.set("live", no)
		s.runs("1")
		time.Sleep(6 * time.Second) // it was asked at 5 s
		s.runs("2")
		time.Sleep(4 * time.Second)
		s.expect(t, true, true, "")
		if len(s.told()) != 0 || s.changes != 0 {
			t.Errorf("events %q, changes %d", s.told(), s.changes)
		}
		s.Forget("u")
	})
}

func TestAgentThatStartsAnewMakesNobodyUnready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := corev1.Container{
			StartupProbe:   command("start", corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1}),
			ReadinessProbe: command("ready", corev1.Probe{PeriodSeconds: 10, FailureThreshold: 1}),
		}
		started := time.Now()
		time.Sleep(time.Hour)
		s := newStage(c)
		s.set("start", no)
		yes := true
		s.pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", ContainerID: "argosy://1", Ready: true, Started: &yes}}
		s.Update(s.pod, map[string]node.RunningContainer{"c": {ID: "1", Started: started}}, s.change)
		s.expect(t, true, true, "")
		s.set("ready", no)
		time.Sleep(6 * time.Second)
		s.expect(t, true, false, "")
		if got, want := s.times("1 ready"), at(5); !slices.Equal(got, want) {
			t.Errorf("asked at %v, want %v", got, want)
		}
		if n := len(s.times("1 start")); n != 0 {
			t.Errorf("startup was asked %d times of a container that is known to have started", n)
		}
		s.runs("2") // what was told is of another run
		s.expect(t, false, false, "")
		s.Forget("u")
	})
}

func TestContainersWithoutProbesCostNothing(t *testing.T) {
	s := newStage(corev1.Container{})
	running := map[string]node.RunningContainer{"c": {ID: "1", Started: time.Now()}}
	change := s.change
	if n := testing.AllocsPerRun(100, func() { s.Update(s.pod, running, change) }); n != 0 {
		t.Errorf("an update of a pod without probes allocates %v times", n)
	}
	if len(s.pods) != 0 {
		t.Errorf("%d pods are kept", len(s.pods))
	}
	if !s.Ready("u", "c") || !s.Started("u", "c") || s.Failed("u") != nil {
		t.Error("a container without probes is not ready, or not started, or failed")
	}
}

func TestSidecarsAreProbedInitContainersAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		always := corev1.ContainerRestartPolicyAlways
		s := newStage(corev1.Container{})
		s.pod.Spec.InitContainers = []corev1.Container{
			{Name: "side", RestartPolicy: &always, StartupProbe: command("side", corev1.Probe{})},
			{Name: "init", StartupProbe: command("init", corev1.Probe{})},
		}
		now := time.Now()
		s.Update(s.pod, map[string]node.RunningContainer{"side": {ID: "s", Started: now}, "init": {ID: "i", Started: now}}, s.change)
		synctest.Wait()
		if len(s.times("s side")) != 1 || len(s.times("i init")) != 0 {
			t.Errorf("asked: %v", s.asked)
		}
		s.Forget("u")
	})
}

// TestManyProbesSpread shows that pods that an agent finds at its start are not all asked at once.
func TestManyProbesSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		time.Sleep(time.Hour)
		s := newStage(corev1.Container{ReadinessProbe: command("ready", corev1.Probe{PeriodSeconds: 10})})
		next := 0.0
		s.random = func() float64 { next += 0.01; return next - 0.01 }
		for i := range 100 {
			pod := s.pod.DeepCopy()
			pod.UID = types.UID(fmt.Sprint(i))
			s.Update(pod, map[string]node.RunningContainer{"c": {ID: fmt.Sprint(i), Started: started}}, s.change)
		}
		time.Sleep(9999 * time.Millisecond)
		synctest.Wait()
		perSecond := map[time.Duration]int{}
		for what, times := range s.asked {
			if !strings.HasSuffix(what, " ready") || len(times) != 1 {
				t.Errorf("%s was asked at %v, want once", what, times)
			}
			perSecond[times[0].Truncate(time.Second)]++
		}
		for second, n := range perSecond {
			if n > 11 {
				t.Errorf("%d pods were asked in the second after %v", n, second)
			}
		}
		for i := range 100 {
			s.Forget(types.UID(fmt.Sprint(i)))
		}
	})
}
