package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// A node whose disk gets full ends the pod that fills it, takes away what that left, tells, and takes no pods meanwhile.
func TestEvictionByDisk(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	c.LimitDisk(t, 400)
	addTool(t, c.DataDir)
	c.Start(t, "--eviction-hard=nodefs.available<200Mi", "--eviction-pressure-transition-period=15s")
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: modest}
spec: {containers: [{name: main, image: tool:v1, args: [-c, sleep infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: hog}
spec:
  volumes: [{name: scratch, emptyDir: {}}]
  containers: [{name: main, image: tool:v1, args: [-c, fill /scratch/x 250; sleep infinity], volumeMounts: [{name: scratch, mountPath: /scratch}]}]
`)
	failed := func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s", p.Status.Phase)
		}
		return nil
	}
	hog := cluster.AwaitPod(t, client, "hog", failed)
	equal(t, "why it failed", hog.Status.Reason, "Evicted")
	contains(t, "why it failed", hog.Status.Message, "The node was low on resource: ephemeral-storage. Threshold quantity: 200Mi, available: ")
	contains(t, "events", client.Kubectl(t, "get", "events", "-A"), "Evicted", "EvictionThresholdMet")
	pressed := func(status corev1.ConditionStatus, reason string) func(n *corev1.Node) error {
		return func(n *corev1.Node) error {
			for _, condition := range n.Status.Conditions {
				if condition.Type == corev1.NodeDiskPressure && condition.Status == status && condition.Reason == reason {
					return nil
				}
			}
			return fmt.Errorf("conditions %+v", n.Status.Conditions)
		}
	}
	node := hog.Spec.NodeName
	cluster.AwaitFor(t, awaitTimeout, c.Client(), "nodes", node, pressed(corev1.ConditionTrue, "KubeletHasDiskPressure"))
	client.Apply(t, strings.ReplaceAll(`
apiVersion: v1
kind: Pod
metadata: {name: late}
spec: {nodeName: NODE, containers: [{name: main, image: tool:v1, args: [-c, sleep infinity]}]}
`, "NODE", node))
	late := cluster.AwaitPod(t, client, "late", failed)
	equal(t, "why a pod is not taken", late.Status.Reason+": "+late.Status.Message, "Evicted: Pod was rejected: The node had condition: [DiskPressure]. ")
	cluster.Eventually(t, awaitTimeout, "what the pod filled is gone", func() error {
		if _, err := os.Stat(filepath.Join(c.DataDir, "pods", string(hog.UID), "volumes", "scratch", "x")); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("it is there: %v", err)
		}
		return nil
	})
	cluster.AwaitFor(t, awaitTimeout, c.Client(), "nodes", node, pressed(corev1.ConditionFalse, "KubeletHasNoDiskPressure"))
	cluster.AwaitPod(t, client, "modest", cluster.Running)
}

// A container that writes more than its limit of ephemeral storage ends.
func testStorageLimit(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  containers: [{name: main, image: tool:v1, args: [-c, fill /x 3; sleep infinity], resources: {limits: {ephemeral-storage: 1Mi}}}, {name: other, image: tool:v1, args: [-c, sleep infinity]}]
`)
	p := cluster.AwaitPod(t, client, "writer", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s", p.Status.Phase)
		}
		return nil
	})
	equal(t, "why it failed", p.Status.Reason+": "+p.Status.Message, `Evicted: Container main exceeded its local ephemeral storage limit "1Mi". `)
}
