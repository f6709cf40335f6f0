package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// Pods with user namespaces: root inside is nobody outside, and files belong to whom they would without.
func testUserNamespaces(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Pod
metadata: {name: users}
spec:
  hostUsers: false
  terminationGracePeriodSeconds: 1
  securityContext: {fsGroup: 2000}
  volumes:
  - {name: scratch, emptyDir: {}}
  - {name: memory, emptyDir: {medium: Memory}}
  - {name: settings, configMap: {name: settings}}
  containers:
  - name: root
    image: tool:v1
    args: [-c, "exec sleep infinity"]
    volumeMounts: [{name: scratch, mountPath: /scratch}, {name: memory, mountPath: /memory}, {name: settings, mountPath: /settings}]
  - name: user
    image: tool:v1
    args: [-c, "exec sleep infinity"]
    securityContext: {runAsUser: 1234, runAsGroup: 1234, procMount: Unmasked}
    volumeMounts: [{name: scratch, mountPath: /scratch}]
---
apiVersion: v1
kind: Pod
metadata: {name: others}
spec:
  hostUsers: false
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, args: [-c, "exec sleep infinity"]}]
`)
	cluster.AwaitPod(t, client, "users", cluster.Running)
	cluster.AwaitPod(t, client, "others", cluster.Running)
	in := func(pod, container, script string) string {
		return strings.TrimSpace(client.Kubectl(t, "exec", pod, "-c", container, "--", "sh", "-c", script))
	}
	ids := func(pod, container string) string {
		return strings.Join(strings.Fields(in(pod, container, "cat /proc/self/uid_map")), " ")
	}
	first := ids("users", "root")
	f := strings.Fields(first)
	if len(f) != 3 || f[0] != "0" || f[1] == "0" || f[2] != "65536" {
		t.Fatalf("its ids are %q", first)
	}
	equal(t, "another container of the pod", ids("users", "user"), first)
	if other := ids("others", "main"); other == first {
		t.Errorf("two pods have the ids %s", other)
	}
	pids := containerPids(t, c, client.Namespace, "users")
	contains(t, "root, from outside", read(t, filepath.Join("/proc", strconv.Itoa(pids["users/root"]), "status")), "Uid:\t"+f[1]+"\t")
	contains(t, "a file of a ConfigMap", in("users", "root", "cat /settings/colour"), "blue")
	in("users", "root", "echo root > /scratch/root; echo x > /memory/x; echo x > /new")
	in("users", "user", "echo user > /scratch/user")
	equal(t, "what the other wrote", in("users", "root", "cat /scratch/user"), "user")
	for file, want := range map[string]string{"/scratch/root": "0 2000", "/scratch/user": "1234 2000", "/memory/x": "0 2000", "/new": "0 0"} {
		equal(t, "the owners of "+file, in("users", "root", "stat -c '%u %g' "+file), want)
	}
	client.Kubectl(t, "delete", "pod", "users", "others", "--wait=false")
}
