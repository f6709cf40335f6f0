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

// System call filters and capabilities as the kernel sees them on the process itself, and refusals of what cannot be had.
func testConfinement(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	profiles := filepath.Join(c.DataDir, "runtime", "seccomp", "profiles")
	if err := os.MkdirAll(profiles, 0o700); err != nil {
		t.Fatal(err)
	}
	// Everything is allowed but making directories.
	profile := `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_AARCH64"],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}`
	if err := os.WriteFile(filepath.Join(profiles, "no-mkdir.json"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: confined}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: usual, image: tool:v1, args: [-c, "exec sleep infinity"]}
  - {name: free, image: tool:v1, args: [-c, "exec sleep infinity"], securityContext: {seccompProfile: {type: Unconfined}}}
  - {name: own, image: tool:v1, args: [-c, "exec sleep infinity"], securityContext: {seccompProfile: {type: Localhost, localhostProfile: profiles/no-mkdir.json}}}
  - {name: few, image: tool:v1, args: [-c, "exec sleep infinity"], securityContext: {runAsUser: 1234, runAsNonRoot: true, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}}
  - {name: all, image: tool:v1, args: [-c, "exec sleep infinity"], securityContext: {privileged: true}}
---
apiVersion: v1
kind: Pod
metadata: {name: refused}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: no-profile, image: tool:v1, args: [-c, "true"], securityContext: {seccompProfile: {type: Localhost, localhostProfile: no/such.json}}}
  - {name: no-capability, image: tool:v1, args: [-c, "true"], securityContext: {capabilities: {add: [FLY]}}}
  - {name: root, image: tool:v1, args: [-c, "true"], securityContext: {runAsNonRoot: true}}
`)
	cluster.AwaitPod(t, client, "confined", cluster.Running)
	pids := containerPids(t, c, client.Namespace, "confined")
	for name, want := range map[string][]string{
		"usual": {"Seccomp:\t2", "CapBnd:\t00000000a80425fb", "NoNewPrivs:\t0"},
		"free":  {"Seccomp:\t0"},
		"own":   {"Seccomp:\t2"},
		"few":   {"Uid:\t1234\t", "CapBnd:\t0000000000000400", "CapEff:\t0000000000000000"},
		"all":   {"Seccomp:\t0"},
	} {
		contains(t, name, read(t, filepath.Join("/proc", strconv.Itoa(pids["confined/"+name]), "status")), want...)
	}
	if r := client.Try(t, "exec", "confined", "-c", "own", "--", "mkdir", "/tmp/x"); r.Code == 0 || !strings.Contains(r.Stderr, "not permitted") {
		t.Errorf("a directory under a filter that allows none: %+v", r)
	}
	client.Kubectl(t, "exec", "confined", "-c", "usual", "--", "mkdir", "-p", "/tmp/x")

	want := map[string]string{"no-profile": "CreateContainerError: .*no/such.json", "no-capability": `CreateContainerError: .*unknown capability "FLY"`, "root": "CreateContainerConfigError: container has runAsNonRoot and image will run as root"}
	cluster.AwaitPod(t, client, "refused", func(p *corev1.Pod) error {
		for _, s := range p.Status.ContainerStatuses {
			reason, part, _ := strings.Cut(want[s.Name], ": ")
			if w := s.State.Waiting; w == nil || w.Reason != reason || !strings.Contains(w.Message, strings.TrimPrefix(part, ".*")) {
				return fmt.Errorf("container %s: %+v", s.Name, s.State)
			}
		}
		return nil
	})
	for _, name := range []string{"confined", "refused"} {
		client.Kubectl(t, "delete", "pod", name, "--wait=false")
	}
}
