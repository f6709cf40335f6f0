package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// Containers of one pod: those that come before the others, those that accompany them, and what they share.
func testCompany(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: company}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: shared, emptyDir: {}}]
  initContainers:
  - {name: first, image: tool:v1, args: [-c, "echo first >>/shared/order"], volumeMounts: [{name: shared, mountPath: /shared}]}
  - name: beside
    image: tool:v1
    restartPolicy: Always
    args: [-c, "echo beside >>/shared/order; exec http 9090"]
    volumeMounts: [{name: shared, mountPath: /shared}]
    startupProbe: {tcpSocket: {port: 9090}, periodSeconds: 1}
  - {name: last, image: tool:v1, args: [-c, "wget -q -O /dev/null http://127.0.0.1:9090 && echo last >>/shared/order"], volumeMounts: [{name: shared, mountPath: /shared}]}
  containers:
  - {name: server, image: tool:v1, args: [-c, "exec http 8080"], volumeMounts: [{name: shared, mountPath: /shared}]}
  - {name: client, image: tool:v1, args: [-c, "sleep infinity"], volumeMounts: [{name: shared, mountPath: /mine, readOnly: true}]}
`)
	pod := cluster.AwaitPod(t, client, "company", cluster.Running)
	in := func(container, script string) string {
		t.Helper()
		return client.Kubectl(t, "exec", "company", "-c", container, "--", "sh", "-c", script)
	}
	equal(t, "the order of init containers, seen from another container", in("client", "cat /mine/order"), "first\nbeside\nlast")
	contains(t, "a container on the other's port", in("client", "wget -q -O - http://127.0.0.1:8080"), "company, asked by 127.0.0.1")
	equal(t, "the host name", in("client", "hostname"), "company")
	equal(t, "addresses of the one", in("client", "hostname -i"), strings.TrimSpace(in("server", "hostname -i")))
	contains(t, "addresses", in("client", "hostname -i"), pod.Status.PodIP)
	contains(t, "/etc/hosts", in("client", "cat /etc/hosts"), pod.Status.PodIP, "company", "localhost")
	equal(t, "processes of the other, which it must not see", in("client", "ps | grep http || echo none"), "none")
	if r := client.Try(t, "exec", "company", "-c", "client", "--", "touch", "/mine/x"); r.Code == 0 || !strings.Contains(r.Stderr, "read-only") {
		t.Errorf("writing to a volume that is mounted read-only: code %d, %s", r.Code, r.Stderr)
	}
	for _, s := range pod.Status.InitContainerStatuses {
		if end := s.State.Terminated; s.Name != "beside" && (end == nil || end.Reason != "Completed") {
			t.Errorf("init container %s: %+v", s.Name, s.State)
		}
	}
	contains(t, "get pods", client.Kubectl(t, "get", "pods"), "3/3") // the one beside counts

	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: held-up}
spec:
  restartPolicy: Never
  initContainers: [{name: setup, image: tool:v1, args: [-c, "exit 2"]}]
  containers: [{name: main, image: tool:v1, args: [-c, "sleep infinity"]}]
`)
	failed := cluster.AwaitPod(t, client, "held-up", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("%+v", p.Status)
		}
		return nil
	})
	if main := failed.Status.ContainerStatuses[0]; main.State.Running != nil || main.ContainerID != "" {
		t.Errorf("the container after one that failed: %+v", main)
	}
	contains(t, "get pods", client.Kubectl(t, "get", "pods"), "Init:Error")

	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: one-world}
spec:
  terminationGracePeriodSeconds: 1
  shareProcessNamespace: true
  containers:
  - {name: server, image: tool:v1, args: [-c, "exec http 8080"]}
  - {name: client, image: tool:v1, args: [-c, "sleep infinity"]}
`)
	cluster.AwaitPod(t, client, "one-world", cluster.Running)
	contains(t, "processes, shared", client.Kubectl(t, "exec", "one-world", "-c", "client", "--", "ps"), "http 8080")
}

func testProbes(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, "exec http 8080"]
    startupProbe: {exec: {command: [/bin/true]}, periodSeconds: 1}
    readinessProbe: {exec: {command: [/bin/sh, -c, "test ! -e /away"]}, periodSeconds: 1, failureThreshold: 1}
    livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}
`)
	cluster.AwaitPod(t, client, "probed", cluster.Running)
	client.Kubectl(t, "exec", "probed", "--", "touch", "/away")
	cluster.AwaitPod(t, client, "probed", func(p *corev1.Pod) error {
		if s := p.Status.ContainerStatuses[0]; s.Ready || s.State.Running == nil {
			return fmt.Errorf("it is not unready: %+v", s)
		}
		return nil
	})
	client.Kubectl(t, "exec", "probed", "--", "rm", "/away")
	cluster.AwaitPod(t, client, "probed", cluster.Running)

	client.Kubectl(t, "exec", "probed", "--", "wget", "-q", "http://127.0.0.1:8080/fail")
	cluster.AwaitPod(t, client, "probed", func(p *corev1.Pod) error {
		if s := p.Status.ContainerStatuses[0]; s.RestartCount != 1 {
			return fmt.Errorf("it was not restarted: %+v", s)
		}
		return cluster.Running(p)
	})
	contains(t, "events", client.Kubectl(t, "events", "--for", "pod/probed"), "Unhealthy", "Liveness probe failed", "Readiness probe failed", "Killing")
}
