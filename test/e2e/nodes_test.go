package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// A node that is not heard of any more is said to be so, and is back when it is back, with its pods.
func TestSilentNode(t *testing.T) {
	t.Parallel()
	c := cluster.Up(t, "--demo", "--keep-pods")
	awaitDemo(t, c)
	client := c.Client()
	node := strings.TrimPrefix(strings.TrimSpace(client.Kubectl(t, "get", "nodes", "-o", "name")), "node/")
	ready := func(want corev1.ConditionStatus) {
		t.Helper()
		cluster.AwaitFor(t, 40*time.Second, client, "nodes", node, func(n *corev1.Node) error {
			for _, condition := range n.Status.Conditions {
				if condition.Type == corev1.NodeReady && condition.Status == want {
					return nil
				}
			}
			return fmt.Errorf("conditions %+v", n.Status.Conditions)
		})
	}
	ready(corev1.ConditionTrue)
	pids := containerPids(t, c, "default")
	c.Stop(t)

	// The same cluster without its node.
	c.Role(t, "server")
	c.Start(t, "--node-monitor-grace-period=2s")
	ready(corev1.ConditionUnknown)
	contains(t, "get nodes", client.Kubectl(t, "get", "nodes"), "NotReady")
	contains(t, "taints", client.Kubectl(t, "get", "node", node, "-o", "jsonpath={.spec.taints[*].key}"), "node.kubernetes.io/unreachable")
	c.Stop(t)

	c.Role(t, "up")
	c.Start(t, "--demo")
	ready(corev1.ConditionTrue)
	awaitDemo(t, c)
	samePids(t, pids, containerPids(t, c, "default"))
	cluster.Eventually(t, awaitTimeout, "the taint goes", func() error {
		if taints := client.Kubectl(t, "get", "node", node, "-o", "jsonpath={.spec.taints}"); taints != "" {
			return fmt.Errorf("taints %s", taints)
		}
		return nil
	})
}
