package e2e

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"argosy.dev/test/e2e/cluster"
)

// A pod with a whole CPU has it for itself, across the death of the agent and until it goes; the others run on the rest.
func TestOwnCPUs(t *testing.T) {
	t.Parallel()
	if runtime.NumCPU() != 2 {
		t.Skip("the CPUs that are named here are those of a machine with two")
	}
	c := cluster.New(t)
	addTool(t, c.DataDir)
	args := []string{"--cpu-manager-policy=static", "--reserved-cpus=0"}
	c.Start(t, args...)
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: other}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: tool:v1, args: [-c, sleep infinity]}]}
`)
	cluster.AwaitPod(t, client, "other", cluster.Running)
	on := func(pod, want string) {
		t.Helper()
		cluster.Eventually(t, 20*time.Second, pod+" runs on "+want, func() error {
			pid := containerPids(t, c, client.Namespace, pod)[pod+"/main"]
			status := read(t, filepath.Join("/proc", strconv.Itoa(pid), "status"))
			if !strings.Contains(status, "\nCpus_allowed_list:\t"+want+"\n") {
				return fmt.Errorf("%s", status[strings.Index(status, "Cpus_allowed_list"):])
			}
			return nil
		})
	}
	on("other", "0-1")
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: own}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: tool:v1, args: [-c, sleep infinity], resources: {limits: {cpu: 1, memory: 32Mi}}}]}
`)
	cluster.AwaitPod(t, client, "own", cluster.Running)
	on("own", "1")
	on("other", "0")
	c.Kill(t)
	c.Start(t, args...)
	on("own", "1")
	on("other", "0")
	client.Kubectl(t, "delete", "pod", "own")
	on("other", "0-1")
}
