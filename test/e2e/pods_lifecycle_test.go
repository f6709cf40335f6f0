package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// Containers for debugging: added to a pod that runs, they see the processes of the container that they are for.
func testDebug(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: patient}
spec:
  containers: [{name: main, image: tool:v1, args: [-c, "exec sleep 12345"]}]
`)
	cluster.AwaitPod(t, client, "patient", cluster.Running)
	client.Kubectl(t, "debug", "patient", "--image="+toolImage, "--target=main", "--container=doctor", "--quiet", "--", "/bin/sh", "-c", "ps; echo done; sleep infinity")
	pod := cluster.AwaitPod(t, client, "patient", func(p *corev1.Pod) error {
		if list := p.Status.EphemeralContainerStatuses; len(list) != 1 || list[0].State.Running == nil {
			return fmt.Errorf("ephemeral containers: %+v", list)
		}
		return nil
	})
	if s := pod.Status.EphemeralContainerStatuses[0]; s.Name != "doctor" || s.ContainerID == "" || s.ImageID == "" {
		t.Errorf("its status: %+v", s)
	}
	logs := client.Start(t, "logs", "-f", "patient", "-c", "doctor")
	logs.Line(t, "done")
	contains(t, "the processes that it sees", logs.Output(), "sleep 12345")
	contains(t, "exec in it", client.Kubectl(t, "exec", "patient", "-c", "doctor", "--", "echo", "hello"), "hello")
	if err := cluster.Running(pod); err != nil {
		t.Errorf("the pod itself: %v", err)
	}

	client.Kubectl(t, "debug", "patient", "--image="+toolImage, "--container=brief", "--quiet", "--", "/bin/sh", "-c", "exit 3")
	cluster.AwaitPod(t, client, "patient", func(p *corev1.Pod) error {
		for _, s := range p.Status.EphemeralContainerStatuses {
			if s.Name == "brief" && s.State.Terminated != nil && s.State.Terminated.ExitCode == 3 && s.RestartCount == 0 {
				return nil
			}
		}
		return fmt.Errorf("%+v", p.Status.EphemeralContainerStatuses)
	})
	client.Kubectl(t, "delete", "pod", "patient", "--grace-period=1")
}

// Containers restart by rules of their own, and all containers of a pod where a rule says so.
func testRestartRules(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: ruled}
spec:
  restartPolicy: Never
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: tool:v1
    args: [-c, "test -e /kept/ran && exit 0; touch /kept/ran; exit 42"]
    volumeMounts: [{name: kept, mountPath: /kept}]
    restartPolicy: Never
    restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]
---
apiVersion: v1
kind: Pod
metadata: {name: together}
spec:
  restartPolicy: Never
  volumes: [{name: kept, emptyDir: {}}]
  initContainers:
  - {name: init, image: tool:v1, args: [-c, "echo x >>/kept/inits"], volumeMounts: [{name: kept, mountPath: /kept}]}
  containers:
  - name: trigger
    image: tool:v1
    args: [-c, "test -e /kept/ran && exec sleep infinity; touch /kept/ran; sleep 0.3; exit 88"]
    volumeMounts: [{name: kept, mountPath: /kept}]
    restartPolicy: Never
    restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [88]}}]
  - {name: beside, image: tool:v1, args: [-c, "exec sleep infinity"], volumeMounts: [{name: kept, mountPath: /kept}]}
`)
	pod := cluster.AwaitPod(t, client, "ruled", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodSucceeded {
			return fmt.Errorf("%+v", p.Status)
		}
		return nil
	})
	if s := pod.Status.ContainerStatuses[0]; s.RestartCount != 1 || s.LastTerminationState.Terminated == nil || s.LastTerminationState.Terminated.ExitCode != 42 {
		t.Errorf("restarted by its rule: %+v", s)
	}
	cluster.AwaitPod(t, client, "together", func(p *corev1.Pod) error {
		for _, s := range p.Status.ContainerStatuses {
			if s.RestartCount != 1 || s.State.Running == nil {
				return fmt.Errorf("%+v", p.Status)
			}
		}
		if s := p.Status.InitContainerStatuses[0]; s.RestartCount != 1 {
			return fmt.Errorf("its init container: %+v", s)
		}
		return cluster.Running(p)
	})
	if out := client.Kubectl(t, "exec", "together", "-c", "beside", "--", "cat", "/kept/inits"); out != "x\nx\n" {
		t.Errorf("its init container wrote %q, want to see it run twice", out)
	}
	client.Kubectl(t, "delete", "pod", "together", "--grace-period=1")
}

// What a node cannot give is refused with the reason, before anything of the pod runs.
func testRefusedPods(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	node := strings.TrimSpace(client.Kubectl(t, "get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"))
	tests := []struct{ name, spec, reason, message string }{
		{"sysctl", `securityContext: {sysctls: [{name: kernel.msgmax, value: "65536"}]}`, "SysctlForbidden", `forbidden sysctl: "kernel.msgmax" not allowlisted`},
		{"cpu", "", "OutOfcpu", "Node didn't have enough resource: cpu, requested: 1000000"},
		{"elsewhere", "nodeSelector: {no-such: label}", "NodeAffinity", "Predicate NodeAffinity failed"},
	}
	if _, err := os.Stat("/sys/module/apparmor"); err != nil {
		tests = append(tests, struct{ name, spec, reason, message string }{"apparmor", "securityContext: {appArmorProfile: {type: RuntimeDefault}}", "AppArmor", "Cannot enforce AppArmor"})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resources := ""
			if tt.name == "cpu" {
				resources = `, resources: {requests: {cpu: "1000"}}`
			}
			client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  nodeName: %s
  containers: [{name: main, image: tool:v1, args: [-c, "exec sleep infinity"]%s}]
  %s
`, tt.name, node, resources, tt.spec))
			pod := cluster.AwaitPod(t, client, tt.name, func(p *corev1.Pod) error {
				if p.Status.Phase != corev1.PodFailed {
					return fmt.Errorf("%+v", p.Status)
				}
				return nil
			})
			if pod.Status.Reason != tt.reason || !strings.HasPrefix(pod.Status.Message, "Pod was rejected: "+tt.message) {
				t.Errorf("refused with %s: %s", pod.Status.Reason, pod.Status.Message)
			}
		})
	}
}

// Who a container is: its user and groups, its privileges, the sysctls of its pod, and what it is told of Services.
func testIdentity(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Service
metadata: {name: my-db}
spec: {clusterIP: 10.96.77.7, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: who}
spec:
  restartPolicy: Never
  securityContext:
    runAsGroup: 3000
    supplementalGroups: [4000]
    fsGroup: 5000
    sysctls: [{name: net.ipv4.tcp_syncookies, value: "0"}]
  containers:
  - name: main
    image: tool:v1
    args: [-c, "id; cat /proc/sys/net/ipv4/tcp_syncookies; printenv MY_DB_SERVICE_HOST MY_DB_PORT; exec sleep infinity"]
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
`)
	pod := cluster.AwaitPod(t, client, "who", cluster.Running)
	cluster.Eventually(t, awaitTimeout, "its words", func() error {
		out := client.Kubectl(t, "logs", "who")
		if !strings.Contains(out, "uid=0") || !strings.Contains(out, "gid=3000") || !strings.Contains(out, "4000") || !strings.Contains(out, "5000") || !strings.Contains(out, "\n0\n10.96.77.7\ntcp://10.96.77.7:5432\n") {
			return fmt.Errorf("it said %q", out)
		}
		return nil
	})
	if u := pod.Status.ContainerStatuses[0].User; u == nil || u.Linux == nil || u.Linux.UID != 0 || u.Linux.GID != 3000 || fmt.Sprint(u.Linux.SupplementalGroups) != "[3000 4000 5000]" {
		t.Errorf("the status tells of the user %+v", u)
	}
	for _, pid := range containerPids(t, c, client.Namespace, "who") {
		status := read(t, filepath.Join("/proc", strconv.Itoa(pid), "status"))
		contains(t, "its process", status, "CapEff:\t0000000000000000", "NoNewPrivs:\t1")
	}
	client.Kubectl(t, "delete", "pod", "who", "--grace-period=1")
}

// Resources of a running container change in place: the kernel's limits, the status, and not the process.
func testResize(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: growing}
spec:
  containers:
  - name: main
    image: tool:v1
    args: [-c, "exec sleep infinity"]
    resources: {requests: {cpu: 50m, memory: 32Mi}, limits: {cpu: 100m, memory: 64Mi}}
  - name: anew
    image: tool:v1
    args: [-c, "exec sleep infinity"]
    resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 32Mi}}
    resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
`)
	cluster.AwaitPod(t, client, "growing", cluster.Running)
	before := containerPids(t, c, client.Namespace, "growing")
	resize := func(patch string) {
		t.Helper()
		client.Kubectl(t, "patch", "pod", "growing", "--subresource=resize", "-p", `{"spec":{"containers":[`+patch+`]}}`)
	}
	resize(`{"name":"main","resources":{"requests":{"cpu":"70m"},"limits":{"cpu":"200m","memory":"96Mi"}}}`)
	cluster.AwaitPod(t, client, "growing", func(p *corev1.Pod) error {
		s := p.Status.ContainerStatuses[0]
		if p.Status.ContainerStatuses[1].Name == "main" {
			s = p.Status.ContainerStatuses[1]
		}
		if s.Resources.Limits.Memory().String() != "96Mi" || s.AllocatedResources.Cpu().String() != "70m" || p.Status.ObservedGeneration != p.Generation || hasCondition(p, corev1.PodResizeInProgress) {
			return fmt.Errorf("%+v %+v", s, p.Status.Conditions)
		}
		return nil
	})
	after := containerPids(t, c, client.Namespace, "growing")
	samePids(t, before, after)
	if got := memoryLimit(t, after["growing/main"]); got != 96<<20 {
		t.Errorf("the kernel's limit is %d", got)
	}

	resize(`{"name":"anew","resources":{"limits":{"memory":"48Mi"}}}`)
	cluster.AwaitPod(t, client, "growing", func(p *corev1.Pod) error {
		for _, s := range p.Status.ContainerStatuses {
			if s.Name == "anew" && s.RestartCount == 1 && s.Resources.Limits.Memory().String() == "48Mi" {
				return cluster.Running(p)
			}
		}
		return fmt.Errorf("%+v", p.Status.ContainerStatuses)
	})
	if got := memoryLimit(t, containerPids(t, c, client.Namespace, "growing")["growing/anew"]); got != 48<<20 {
		t.Errorf("the kernel's limit after the restart is %d", got)
	}

	resize(`{"name":"main","resources":{"requests":{"cpu":"1000"},"limits":{"cpu":"1000"}}}`)
	cluster.AwaitPod(t, client, "growing", func(p *corev1.Pod) error {
		for _, cond := range p.Status.Conditions {
			if cond.Type == corev1.PodResizePending && cond.Reason == corev1.PodReasonInfeasible && strings.HasPrefix(cond.Message, "Node didn't have enough capacity: cpu") {
				return nil
			}
		}
		return fmt.Errorf("%+v", p.Status.Conditions)
	})
	client.Kubectl(t, "delete", "pod", "growing", "--grace-period=1")
}

func hasCondition(p *corev1.Pod, kind corev1.PodConditionType) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return true
		}
	}
	return false
}

// memoryLimit is what the kernel lets a process's cgroup use.
func memoryLimit(t *testing.T, pid int) int64 {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		file := ""
		switch {
		case f[1] == "memory":
			file = filepath.Join("/sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes")
		case f[1] == "":
			file = filepath.Join("/sys/fs/cgroup", f[2], "memory.max")
		}
		if data, err := os.ReadFile(file); err == nil {
			n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	t.Errorf("no memory limit of process %d was found", pid)
	return 0
}
