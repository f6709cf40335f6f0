package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// Pods of files: they run whatever the API says, and the API shows them. Their files change, and come and go while nobody looks.
func TestStaticPods(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	manifests := filepath.Join(c.DataDir, "manifests")
	if err := os.MkdirAll(manifests, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, words string) {
		t.Helper()
		manifest := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"terminationGracePeriodSeconds":1,
"containers":[{"name":"main","image":"tool:v1","args":["-c","echo %s; exec sleep infinity"]}]}}`, name, words)
		if err := os.WriteFile(filepath.Join(manifests, name+".json"), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one", "first")
	c.Start(t, "--node-name=box", "--keep-pods")
	client := inDefault(t, c)
	says := func(pod, words string) {
		t.Helper()
		cluster.AwaitPod(t, client, pod, cluster.Running)
		cluster.Eventually(t, awaitTimeout, pod+" says "+words, func() error {
			if r := client.Try(t, "logs", pod); r.Stdout != words+"\n" {
				return fmt.Errorf("%q %q", r.Stdout, r.Stderr)
			}
			return nil
		})
	}
	says("one-box", "first")
	contains(t, "exec", client.Kubectl(t, "exec", "one-box", "--", "echo", "hello"), "hello")
	before := staticPids(t, c)

	// Nobody can delete it but who owns the file.
	old := cluster.AwaitPod(t, client, "one-box", cluster.Running)
	client.Kubectl(t, "delete", "pod", "one-box", "--grace-period=1", "--wait=false")
	cluster.AwaitPod(t, client, "one-box", func(p *corev1.Pod) error {
		if p.UID == old.UID {
			return errNotYet
		}
		return cluster.Running(p)
	})
	samePids(t, before, staticPids(t, c))

	// The agent is killed, and meanwhile one file comes and another changes.
	write("two", "second")
	says("two-box", "second")
	c.Kill(t)
	write("two", "changed")
	write("three", "third")
	c.Start(t, "--node-name=box", "--keep-pods")
	says("two-box", "changed")
	says("three-box", "third")
	if after := staticPids(t, c); after["one-box/main"] != before["one-box/main"] {
		t.Errorf("the pod whose file stayed has process %d, before %d", after["one-box/main"], before["one-box/main"])
	}

	for _, name := range []string{"one", "two", "three"} {
		if err := os.Remove(filepath.Join(manifests, name+".json")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"one-box", "two-box", "three-box"} {
		cluster.AwaitGone(t, client, "pod", name)
	}
	c.Stop(t)
}

func staticPids(t *testing.T, c *cluster.Cluster) map[string]int {
	t.Helper()
	return containerPids(t, c, "default")
}

// At a stop of the whole node containers are asked to end as at a deletion: hooks first, sidecars last.
func TestHooksAtTheStopOfANode(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: polite}
spec:
  volumes: [{name: out, hostPath: {path: %s}}]
  initContainers:
  - name: side
    restartPolicy: Always
    image: tool:v1
    args: [-c, "trap 'echo side >>/out/ends; exit 0' TERM; while true; do sleep 0.02; done"]
    volumeMounts: [{name: out, mountPath: /out}]
  containers:
  - name: main
    image: tool:v1
    args: [-c, "trap 'echo main >>/out/ends; exit 0' TERM; while true; do sleep 0.02; done"]
    volumeMounts: [{name: out, mountPath: /out}]
    lifecycle: {preStop: {exec: {command: [/bin/sh, -c, "echo hook >>/out/ends; sleep 0.5"]}}}
`, dir))
	cluster.AwaitPod(t, client, "polite", cluster.Running)
	c.Stop(t)
	c.AssertNothingLeft(t)
	if got := read(t, filepath.Join(dir, "ends")); got != "hook\nmain\nside\n" {
		t.Errorf("at the stop of the node: %q", got)
	}
}
