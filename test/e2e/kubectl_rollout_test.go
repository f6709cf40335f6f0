package e2e

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/test/e2e/cluster"
)

func testRollouts(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=3", "--", "/bin/http")
		contains(t, "rollout status", c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s"), "successfully rolled out")
		image := func() string {
			t.Helper()
			return c.Kubectl(t, "get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
		}
		oldPods := c.Kubectl(t, "get", "pods", "-o", "name")

		c.Kubectl(t, "set", "image", "deployment/web", "tool=docker.io/library/tool:v1")
		c.Kubectl(t, "annotate", "deployment/web", "kubernetes.io/change-cause=the long name")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")
		if now := c.Kubectl(t, "get", "pods", "-o", "name", "-l", "app=web"); now == oldPods {
			t.Errorf("the pods are the old ones: %s", now)
		}

		history := c.Kubectl(t, "rollout", "history", "deployment/web")
		contains(t, "history", history, "REVISION", "1 ", "2 ", "the long name")
		contains(t, "revision 1", c.Kubectl(t, "rollout", "history", "deployment/web", "--revision=1"), "Image:	tool:v1")

		c.Kubectl(t, "rollout", "undo", "deployment/web")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")
		equal(t, "image after undo", image(), toolImage)
		history = c.Kubectl(t, "rollout", "history", "deployment/web")
		if strings.Contains(history, "\n1 ") || !strings.Contains(history, "\n3 ") {
			t.Errorf("history after undo: want revisions 2 and 3:\n%s", history)
		}
		c.Kubectl(t, "rollout", "undo", "deployment/web", "--to-revision=2")
		equal(t, "image after undo to 2", image(), "docker.io/library/tool:v1")
		c.Try(t, "rollout", "undo", "deployment/web", "--to-revision=9").Fails(t, 1, "unable to find specified revision 9")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")

		// Paused, changes gather; resumed, they are one rollout.
		c.Kubectl(t, "rollout", "pause", "deployment/web")
		c.Kubectl(t, "set", "env", "deployment/web", "A=1")
		c.Kubectl(t, "set", "env", "deployment/web", "B=2")
		cluster.Await(t, c, "deployments", "web", func(d *appsv1.Deployment) error {
			if d.Status.ObservedGeneration == d.Generation {
				return nil
			}
			return errNotYet
		})
		equal(t, "sets while paused", c.Kubectl(t, "get", "replicasets", "-o", "jsonpath={.items[*].spec.replicas}"), "0 3")
		c.Kubectl(t, "rollout", "resume", "deployment/web")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")
		if n := strings.Count(c.Kubectl(t, "get", "replicasets", "-o", "name"), "replicaset"); n != 3 {
			t.Errorf("%d replica sets after three templates", n)
		}

		before := c.Kubectl(t, "get", "pods", "-o", "name")
		c.Kubectl(t, "rollout", "restart", "deployment/web")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")
		cluster.Await(t, c, "deployments", "web", available)
		if after := c.Kubectl(t, "get", "pods", "-o", "name"); after == before {
			t.Errorf("restarted, there are the same pods: %s", after)
		}

		// A rollout to what cannot run stops in time and says so; what ran goes on.
		c.Kubectl(t, "patch", "deployment", "web", "-p", `{"spec":{"progressDeadlineSeconds":1}}`)
		c.Kubectl(t, "set", "image", "deployment/web", "tool=127.0.0.1:9/none:v1")
		c.Try(t, "rollout", "status", "deployment/web", "--timeout=30s").Fails(t, 1, "exceeded its progress deadline")
		d := cluster.Await(t, c, "deployments", "web", func(d *appsv1.Deployment) error { return nil })
		if d.Status.AvailableReplicas < 3 {
			t.Errorf("with 25%% to be unavailable, %d of 3 are available", d.Status.AvailableReplicas)
		}
		c.Kubectl(t, "rollout", "undo", "deployment/web")
		c.Kubectl(t, "rollout", "status", "deployment/web", "--timeout=30s")
	})
}
