package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// Environments, from everywhere they may come from.
func testEnvironment(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red, size: large}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: hush}
---
apiVersion: v1
kind: Pod
metadata: {name: environment, labels: {app: shop}, annotations: {note: noted}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, "echo 'said: $(GREETING) $$(NOT) $(UNKNOWN)'; sleep infinity"]
    workingDir: /work
    resources: {requests: {cpu: 50m}, limits: {memory: 48Mi, cpu: 500m}}
    envFrom:
    - {prefix: ALL_, configMapRef: {name: settings}}
    - {secretRef: {name: key}}
    - {configMapRef: {name: absent, optional: true}}
    env:
    - {name: PLAIN, value: simple}
    - {name: GREETING, value: "hello $(PLAIN)"}
    - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: key, key: password}}}
    - {name: MAYBE, valueFrom: {secretKeyRef: {name: key, key: absent, optional: true}}}
    - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}
`)
	pod := cluster.AwaitPod(t, client, "environment", cluster.Running)
	got := map[string]string{}
	for line := range strings.Lines(client.Kubectl(t, "exec", "environment", "--", "env")) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"PLAIN": "simple", "GREETING": "hello simple", "COLOUR": "red", "SECRET": "hush", "ALL_colour": "red", "ALL_size": "large", "password": "hush",
		"POD": "environment", "NS": client.Namespace, "IP": pod.Status.PodIP, "HOST": cluster.HostIP, "NODE": pod.Spec.NodeName, "APP": "shop",
		"ACCOUNT": "default", "MEMORY": "48", "CPU": "50", "PATH": "/bin", "HOSTNAME": "environment",
	} {
		if got[name] != want {
			t.Errorf("%s=%q, want %q", name, got[name], want)
		}
	}
	if _, ok := got["MAYBE"]; ok {
		t.Error("MAYBE is set, though there is nothing to set it to")
	}
	equal(t, "its log", client.Kubectl(t, "logs", "environment"), "said: hello simple $(NOT) $(UNKNOWN)")
	equal(t, "its directory", client.Kubectl(t, "exec", "environment", "--", "pwd"), "/work")
}

// What is missing is told, and waited for.
func testMissingConfig(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	pod := func(name, container, rest string) {
		t.Helper()
		client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, sleep infinity]
    %s
  %s
`, name, container, rest))
	}
	message := func(name, reason string) string {
		t.Helper()
		p := cluster.AwaitPod(t, client, name, waitingFor(reason))
		return p.Status.ContainerStatuses[0].State.Waiting.Message
	}
	client.Kubectl(t, "create", "secret", "generic", "half", "--from-literal=b=1")
	pod("no-map", "env: [{name: A, valueFrom: {configMapKeyRef: {name: later, key: a}}}]", "")
	pod("no-key", "env: [{name: A, valueFrom: {secretKeyRef: {name: half, key: a}}}]", "")
	pod("root", "securityContext: {runAsNonRoot: true}", "")
	pod("no-volume", "", "volumes: [{name: v, configMap: {name: later}}]")

	contains(t, "without its ConfigMap", message("no-map", "CreateContainerConfigError"), `configmap "later" not found`)
	contains(t, "without its key", message("no-key", "CreateContainerConfigError"), "couldn't find key a in Secret "+client.Namespace+"/half")
	contains(t, "as root", message("root", "CreateContainerConfigError"), "runAsNonRoot", "root")
	contains(t, "without its volume", client.Kubectl(t, "get", "pods"), "ContainerCreating")
	cluster.Eventually(t, awaitTimeout, "an event tells what is missing", func() error {
		if out := client.Kubectl(t, "events", "--for", "pod/no-volume"); !strings.Contains(out, "FailedMount") || !strings.Contains(out, `configmap "later" not found`) {
			return fmt.Errorf("events:\n%s", out)
		}
		return nil
	})

	client.Kubectl(t, "create", "configmap", "later", "--from-literal=a=here")
	client.Kubectl(t, "patch", "secret", "half", "-p", `{"stringData":{"a":"here"}}`)
	for _, name := range []string{"no-map", "no-key"} {
		cluster.AwaitPod(t, client, name, cluster.Running)
		equal(t, name, client.Kubectl(t, "exec", name, "--", "printenv", "A"), "here")
	}
	cluster.AwaitPod(t, client, "no-volume", cluster.Running)
}

// Requests and limits reach the kernel: both cgroup layouts have their names for them.
func testLimits(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: limited}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, sleep infinity]
    resources: {requests: {cpu: 250m, memory: 16Mi}, limits: {cpu: 500m, memory: 40Mi}}
    securityContext: {runAsUser: 1000, runAsGroup: 3000, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`)
	pod := cluster.AwaitPod(t, client, "limited", cluster.Running)
	file := func(v1, v2 string) string {
		t.Helper()
		return strings.TrimSpace(client.Kubectl(t, "exec", "limited", "--", "sh", "-c", "cat /sys/fs/cgroup/"+v1+" 2>/dev/null || cat /sys/fs/cgroup/"+v2))
	}
	equal(t, "memory limit", file("memory/memory.limit_in_bytes", "memory.max"), "41943040")
	quota := file("cpu/cpu.cfs_quota_us", "cpu.max")
	if quota != "50000" && quota != "50000 100000" {
		t.Errorf("CPU quota: %q", quota)
	}
	if shares := file("cpu/cpu.shares", "cpu.weight"); shares != "256" && shares != "10" {
		t.Errorf("CPU shares: %q", shares)
	}
	equal(t, "user and group", client.Kubectl(t, "exec", "limited", "--", "sh", "-c", "id -u; id -g"), "1000\n3000")
	status := client.Kubectl(t, "exec", "limited", "--", "cat", "/proc/self/status")
	contains(t, "its capabilities", status, "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2")
	if r := client.Try(t, "exec", "limited", "--", "touch", "/x"); r.Code == 0 {
		t.Error("it wrote to its read-only root")
	}
	if pod.Status.QOSClass != corev1.PodQOSBurstable {
		t.Errorf("its class is %s", pod.Status.QOSClass)
	}
	if got := pod.Status.ContainerStatuses[0].Resources; got == nil || got.Limits.Memory().Value() != 40<<20 {
		t.Errorf("the resources in its status: %+v", got)
	}
}
