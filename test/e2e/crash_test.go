package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"argosy.dev/test/e2e/cluster"
)

// upWithTool is a cluster of the test's own, with the tool's image.
func upWithTool(t *testing.T, args ...string) *cluster.Cluster {
	t.Helper()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	c.Start(t, args...)
	return c
}

// inDefault is a client in the namespace default, once it is ready for pods.
func inDefault(t *testing.T, c *cluster.Cluster) cluster.Client {
	t.Helper()
	client := cluster.Client{Cluster: c, Namespace: "default"}
	cluster.Await(t, client, "serviceaccounts", "default", func(*corev1.ServiceAccount) error { return nil })
	return client
}

// kill -9 in the middle of a rollout, and start again: the rollout completes, and what runs keeps its process.
func TestKilledInARollout(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	client.Kubectl(t, "create", "deployment", "steady", "--image", toolImage, "--replicas=3", "--", "/bin/http")
	client.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=6", "--", "/bin/http")
	cluster.Await(t, client, "deployments", "steady", available)
	cluster.Await(t, client, "deployments", "web", available)

	// Slow enough to be met in the middle: one at a time, each for a second.
	client.Kubectl(t, "patch", "deployment", "web", "-p", `{"spec":{"minReadySeconds":1,"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}`)
	client.Kubectl(t, "set", "env", "deployment/web", "GENERATION=2")
	cluster.Await(t, client, "deployments", "web", func(d *appsv1.Deployment) error {
		if d.Status.UpdatedReplicas < 2 {
			return fmt.Errorf("%d pods are new", d.Status.UpdatedReplicas)
		}
		return nil
	})
	c.Kill(t)

	// Nobody is there, and containers run.
	before := processes(t, c)
	if len(before) < 9 {
		t.Errorf("without argosy, %d containers run: %v", len(before), before)
	}
	c.Start(t)
	cluster.AwaitFor(t, 60*time.Second, client, "deployments", "web", available)
	cluster.Await(t, client, "deployments", "steady", available)
	for _, pod := range pods(t, c, "default") {
		if pod.Labels["app"] == "web" && pod.DeletionTimestamp == nil && len(pod.Spec.Containers[0].Env) != 1 {
			t.Errorf("pod %s is of the old generation", pod.Name)
		}
		for _, s := range pod.Status.ContainerStatuses {
			if s.RestartCount != 0 {
				t.Errorf("pod %s was restarted: %+v", pod.Name, s)
			}
		}
	}
	for id, pid := range processes(t, c) {
		if was, ok := before[id]; ok && was != pid {
			t.Errorf("container %s had process %d and has %d", id, was, pid)
		}
	}
	was := slices.Collect(maps.Values(before))
	for name, pid := range containerPids(t, c, "default") {
		if strings.HasPrefix(name, "steady-") && !slices.Contains(was, pid) {
			t.Errorf("%s has process %d, which was not there", name, pid)
		}
	}
	cluster.Eventually(t, awaitTimeout, "the old generation goes", func() error {
		if n := len(pods(t, c, "default")); n != 9 {
			return fmt.Errorf("%d pods are there", n)
		}
		return nil
	})
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// A container ends while nobody looks: that is found out at the next start, with its exit code.
func TestEndsWhileArgosyIsAway(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: away}
spec:
  restartPolicy: Never
  containers: [{name: main, image: tool:v1, args: [-c, "trap 'echo ended; exit 42' USR1; echo up; while true; do sleep 0.02; done"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: back}
spec:
  containers: [{name: main, image: tool:v1, args: [-c, "exec sleep infinity"]}]
`)
	for _, name := range []string{"away", "back"} {
		cluster.AwaitPod(t, client, name, cluster.Running)
	}
	client.Start(t, "logs", "-f", "away").Line(t, "up")
	pids := containerPids(t, c, "default")
	c.Kill(t)
	send(t, pids["away/main"], syscall.SIGUSR1)
	send(t, pids["back/main"], syscall.SIGKILL)
	cluster.Eventually(t, 10*time.Second, "they end", func() error {
		if syscall.Kill(pids["away/main"], 0) == nil || syscall.Kill(pids["back/main"], 0) == nil {
			return errNotYet
		}
		return nil
	})

	c.Start(t)
	pod := cluster.AwaitPod(t, client, "away", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s", p.Status.Phase)
		}
		return nil
	})
	if end := pod.Status.ContainerStatuses[0].State.Terminated; end == nil || end.ExitCode != 42 {
		t.Errorf("its end: %+v", end)
	}
	equal(t, "its log", client.Kubectl(t, "logs", "away"), "up\nended")
	pod = cluster.AwaitPod(t, client, "back", func(p *corev1.Pod) error {
		if len(p.Status.ContainerStatuses) == 0 || p.Status.ContainerStatuses[0].RestartCount != 1 {
			return fmt.Errorf("%+v", p.Status.ContainerStatuses)
		}
		return cluster.Running(p)
	})
	if end := pod.Status.ContainerStatuses[0].LastTerminationState.Terminated; end == nil || end.ExitCode != 137 {
		t.Errorf("its last end: %+v", end)
	}
}

// A pod's supervisor dies: the pod's containers are reported and restarted by their policy, and others do not notice.
func TestSupervisorKilled(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	for _, policy := range []string{"Always", "Never"} {
		client.Kubectl(t, "run", strings.ToLower(policy), "--image", toolImage, "--restart", policy, "--command", "--", "/bin/sleep", "infinity")
	}
	client.Kubectl(t, "run", "other", "--image", toolImage, "--command", "--", "/bin/sleep", "infinity")
	for _, name := range []string{"always", "never", "other"} {
		cluster.AwaitPod(t, client, name, cluster.Running)
	}
	before := containerPids(t, c, "default")
	for _, name := range []string{"always", "never"} {
		send(t, parent(t, before[name+"/"+name]), syscall.SIGKILL)
	}

	cluster.AwaitPod(t, client, "always", func(p *corev1.Pod) error {
		if s := p.Status.ContainerStatuses[0]; s.RestartCount == 0 {
			return fmt.Errorf("it was not restarted: %+v", s)
		}
		return cluster.Running(p)
	})
	pod := cluster.AwaitPod(t, client, "never", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s: %+v", p.Status.Phase, p.Status.ContainerStatuses)
		}
		return nil
	})
	if end := pod.Status.ContainerStatuses[0].State.Terminated; end == nil || end.ExitCode == 0 {
		t.Errorf("its end: %+v", end)
	}
	after := containerPids(t, c, "default")
	if before["other/other"] != after["other/other"] {
		t.Errorf("another pod had process %d and has %d", before["other/other"], after["other/other"])
	}
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// Killed again and again at random moments while pods come and go: what was asked for is there in the end, and no more.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)

	for round := range 6 {
		// As many as come through until it is killed; what fails then was not acknowledged.
		churn(t, c, random, round, c.KillAfter(time.Duration(random.IntN(700))*time.Millisecond))
		// Killed before it is ready, and once while it stops, it must find its way as well.
		for range random.IntN(3) {
			launchAndKill(t, c, time.Duration(random.IntN(250))*time.Millisecond)
		}
		c.Start(t)
		if round == 2 {
			c.Interrupt(t)
			<-time.After(time.Duration(random.IntN(300)) * time.Millisecond)
			c.KillIfRunning(t)
			c.Start(t)
		}
	}

	scale := []byte(`{"spec":{"replicas":4}}`)
	if _, err := c.API(t).AppsV1().Deployments("default").Patch(t.Context(), "churn", "application/merge-patch+json", scale, metav1.PatchOptions{}, "scale"); err != nil {
		t.Fatal(err)
	}
	cluster.AwaitFor(t, 60*time.Second, client, "deployments", "churn", available)
	list, err := c.API(t).CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{LabelSelector: "app=bare"})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			cluster.AwaitPod(t, client, pod.Name, cluster.Running)
		}
	}
	cluster.Eventually(t, 60*time.Second, "containers and pods are the same", func() error {
		wanted := 0
		for _, pod := range pods(t, c, "default") {
			if pod.DeletionTimestamp != nil {
				return fmt.Errorf("pod %s is still going", pod.Name)
			}
			wanted += len(pod.Spec.Containers)
		}
		if run := processes(t, c); len(run) != wanted {
			return fmt.Errorf("%d containers run of %d that should: %v", len(run), wanted, run)
		}
		return nil
	})
	c.Stop(t)
	c.AssertNothingLeft(t)
}

func launchAndKill(t *testing.T, c *cluster.Cluster, after time.Duration) {
	t.Helper()
	c.Launch(t)
	<-time.After(after)
	c.KillIfRunning(t)
}

// churn makes, scales and deletes pods until the cluster is killed.
func churn(t *testing.T, c *cluster.Cluster, random *rand.Rand, round int, killed <-chan struct{}) {
	api := c.API(t)
	labels := map[string]string{"app": "churn"}
	spec := corev1.PodSpec{TerminationGracePeriodSeconds: ptr.To[int64](1), Containers: []corev1.Container{{Name: "main", Image: toolImage, Command: []string{"/bin/sleep", "infinity"}}}}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "churn"}, Spec: appsv1.DeploymentSpec{
		Replicas: ptr.To[int32](3), Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
	}}
	_, _ = api.AppsV1().Deployments("default").Create(t.Context(), deployment, metav1.CreateOptions{})
	for i := 0; ; i++ {
		select {
		case <-killed:
			return
		default:
		}
		name := fmt.Sprintf("bare-%d-%d", round, i)
		switch random.IntN(4) {
		case 0, 1:
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "bare"}}, Spec: spec}
			_, _ = api.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{})
		case 2:
			_ = api.CoreV1().Pods("default").Delete(t.Context(), fmt.Sprintf("bare-%d-%d", round, random.IntN(i+1)), metav1.DeleteOptions{})
		case 3:
			scale := fmt.Sprintf(`{"spec":{"replicas":%d}}`, random.IntN(6))
			_, _ = api.AppsV1().Deployments("default").Patch(t.Context(), "churn", "application/merge-patch+json", []byte(scale), metav1.PatchOptions{}, "scale")
		}
		if len(processes(t, c)) > 20 { // enough to be busy with
			_ = api.CoreV1().Pods("default").DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=bare"})
		}
	}
}

// processes are the first processes of the cluster's containers by the path of their cgroup, argosy running or not.
func processes(t *testing.T, c *cluster.Cluster) map[string]int {
	t.Helper()
	found := map[string]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Base(filepath.Dir(c.DataDir))
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		groups, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cgroup"))
		for line := range strings.Lines(string(groups)) { // ID:CONTROLLERS:PATH, where some hierarchies do not part pods
			path := strings.TrimSpace(line[strings.LastIndexByte(line, ':')+1:])
			if strings.Contains(path, key) && strings.Contains(path, "/pod") && firstOfItsNamespace(pid) {
				found[path] = pid
			}
		}
	}
	return found
}

// parent is the process that started another.
func parent(t *testing.T, pid int) int {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join("/proc", strconv.Itoa(pid), "status"))) {
		if text, ok := strings.CutPrefix(line, "PPid:"); ok {
			if parent, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && parent > 1 {
				return parent
			}
		}
	}
	t.Fatalf("process %d has no parent", pid)
	return 0
}

func send(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if pid <= 1 {
		t.Fatalf("no process to signal: %d", pid)
	}
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}
