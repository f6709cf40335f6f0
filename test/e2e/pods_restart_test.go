package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// How containers end, and what is told of it, by restart policy.
func testEnds(t *testing.T, c *cluster.Cluster) {
	tests := []struct {
		name, policy, script string
		kill                 bool // from outside
		phase                corev1.PodPhase
		reason               string
		code, restarts       int32
		column               string // of kubectl get pods
	}{
		{name: "done", policy: "Never", script: "true", phase: corev1.PodSucceeded, reason: "Completed", column: "Completed"},
		{name: "failed", policy: "Never", script: "exit 3", phase: corev1.PodFailed, reason: "Error", code: 3, column: "Error"},
		{name: "killed", policy: "Never", script: "exec sleep infinity", kill: true, phase: corev1.PodFailed, reason: "Error", code: 137, column: "Error"},
		{name: "memory", policy: "Never", script: "exec alloc 64", phase: corev1.PodFailed, reason: "OOMKilled", code: 137, column: "OOMKilled"},
		{name: "not-found", policy: "Never", script: "exec /no/such/program", phase: corev1.PodFailed, reason: "Error", code: 127, column: "Error"},
		{name: "second-try", policy: "OnFailure", script: "test -e /kept/ran && exit 0; touch /kept/ran; exit 1", phase: corev1.PodSucceeded, reason: "Completed", restarts: 1, column: "Completed"},
	}
	client := c.Space(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  restartPolicy: %s
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: tool:v1
    args: [-c, %q]
    resources: {limits: {memory: 32Mi}}
    volumeMounts: [{name: kept, mountPath: /kept}]
`, tt.name, tt.policy, tt.script))
			if tt.kill {
				cluster.AwaitPod(t, client, tt.name, cluster.Running)
				if err := syscall.Kill(containerPids(t, c, client.Namespace, tt.name)[tt.name+"/main"], syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			pod := cluster.AwaitPod(t, client, tt.name, func(p *corev1.Pod) error {
				if p.Status.Phase != tt.phase {
					return fmt.Errorf("%+v", p.Status)
				}
				return nil
			})
			status := pod.Status.ContainerStatuses[0]
			end := status.State.Terminated
			if end == nil || end.Reason != tt.reason || end.ExitCode != tt.code || status.RestartCount != tt.restarts {
				t.Errorf("want %s with code %d after %d restarts, got %+v", tt.reason, tt.code, tt.restarts, status)
			}
			if end != nil && (end.StartedAt.IsZero() || end.FinishedAt.Before(&end.StartedAt)) {
				t.Errorf("it ran from %v to %v", end.StartedAt, end.FinishedAt)
			}
			contains(t, "get pods", client.Kubectl(t, "get", "pod", tt.name), " "+tt.column+" ")
		})
	}
}

func testCrashLoop(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: crasher}
spec:
  containers:
  - {name: main, image: tool:v1, args: [-c, "exit 7"]}
  - {name: steady, image: tool:v1, args: [-c, "sleep infinity"]}
`)
	pod := cluster.AwaitPod(t, client, "crasher", waitingFor("CrashLoopBackOff"))
	var status corev1.ContainerStatus
	for _, s := range pod.Status.ContainerStatuses {
		if s.Name == "main" {
			status = s
		} else if s.RestartCount != 0 || s.State.Running == nil {
			t.Errorf("the container beside it: %+v", s)
		}
	}
	contains(t, "its message", status.State.Waiting.Message, "back-off", "restarting failed container=main pod=crasher_"+client.Namespace)
	last := status.LastTerminationState.Terminated
	if last == nil || last.ExitCode != 7 || last.Reason != "Error" {
		t.Errorf("its last end: %+v", last)
	}
	if pod.Status.Phase != corev1.PodRunning {
		t.Errorf("the phase of a pod that keeps trying is %s", pod.Status.Phase)
	}
	contains(t, "get pods", client.Kubectl(t, "get", "pods"), "CrashLoopBackOff", "1/2")
	cluster.Eventually(t, 10*time.Second, "an event tells of it", func() error {
		if out := client.Kubectl(t, "get", "events", "--field-selector", "involvedObject.name=crasher,reason=BackOff"); !strings.Contains(out, "Back-off restarting failed container main") {
			return fmt.Errorf("events:\n%s", out)
		}
		return nil
	})
	before := status.RestartCount
	cluster.AwaitFor(t, 40*time.Second, client, "pods", "crasher", func(p *corev1.Pod) error {
		for _, s := range p.Status.ContainerStatuses {
			if s.Name == "main" && s.RestartCount > before {
				return nil
			}
		}
		return fmt.Errorf("no more than %d restarts", before)
	})
	client.Kubectl(t, "delete", "pod", "crasher", "--grace-period=1")
}

func testTerminationMessages(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: messages}
spec:
  restartPolicy: Never
  containers:
  - {name: file, image: tool:v1, args: [-c, "term-msg 'the reason' 1"]}
  - {name: elsewhere, image: tool:v1, terminationMessagePath: /why, args: [-c, "echo -n there >/why"]}
  - {name: log, image: tool:v1, terminationMessagePolicy: FallbackToLogsOnError, args: [-c, "echo first; echo last; exit 1"]}
  - {name: quiet, image: tool:v1, terminationMessagePolicy: FallbackToLogsOnError, args: [-c, "echo fine"]}
`)
	pod := cluster.AwaitPod(t, client, "messages", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return errNotYet
		}
		return nil
	})
	want := map[string]string{"file": "the reason", "elsewhere": "there", "log": "first\nlast\n", "quiet": ""}
	for _, s := range pod.Status.ContainerStatuses {
		if got := s.State.Terminated.Message; got != want[s.Name] {
			t.Errorf("container %s left the message %q, want %q", s.Name, got, want[s.Name])
		}
	}
}

// Termination: a process that listens to SIGTERM says goodbye, one that does not is killed after its grace, no sooner.
func testGrace(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: polite}
spec:
  containers:
  - name: main
    image: tool:v1
    args: [-c, "trap 'echo goodbye; exit 0' TERM; echo up; while true; do sleep 0.02; done"]
    lifecycle: {preStop: {exec: {command: [/bin/sh, -c, "echo before >/proc/1/fd/1"]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: stubborn}
spec:
  terminationGracePeriodSeconds: 2
  containers: [{name: main, image: tool:v1, command: [/bin/ignore-term]}]
`)
	cluster.AwaitPod(t, client, "polite", cluster.Running)
	cluster.AwaitPod(t, client, "stubborn", cluster.Running)

	words := client.Start(t, "logs", "-f", "polite")
	words.Line(t, "up")
	began := time.Now()
	client.Kubectl(t, "delete", "pod", "polite")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a process that ends at SIGTERM took %v", took)
	}
	if words.Wait(t); !strings.Contains(words.Output(), "before\ngoodbye\n") {
		t.Errorf("its last words: %q", words.Output())
	}

	words = client.Start(t, "logs", "-f", "stubborn")
	words.Line(t, "ready")
	began = time.Now()
	client.Kubectl(t, "delete", "pod", "stubborn")
	if took := time.Since(began); took < 1900*time.Millisecond || took > 15*time.Second {
		t.Errorf("with 2 s of grace it was gone after %v", took)
	}
	words.Wait(t)
	contains(t, "what it said", words.Output(), "ignored: terminated")
}
