package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// Pods that fit nowhere wait, and an event says why for every class of nodes; what changes on a node sets them free.
func testScheduling(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	pod := func(name, rest string) {
		t.Helper()
		client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: 1
  %s
`, name, rest))
	}
	why := func(name string, want ...string) {
		t.Helper()
		cluster.AwaitPod(t, client, name, func(p *corev1.Pod) error {
			for _, condition := range p.Status.Conditions {
				if condition.Type == corev1.PodScheduled && condition.Reason == corev1.PodReasonUnschedulable {
					contains(t, name+"'s condition", condition.Message, want...)
					return nil
				}
			}
			return fmt.Errorf("no condition says why: %+v", p.Status.Conditions)
		})
		cluster.Eventually(t, awaitTimeout, "an event says why", func() error {
			out := client.Kubectl(t, "get", "events", "--field-selector", "reason=FailedScheduling,involvedObject.name="+name, "-o", "jsonpath={.items[*].message}")
			for _, w := range want {
				if !strings.Contains(out, w) {
					return fmt.Errorf("events %q do not mention %q", out, w)
				}
			}
			return nil
		})
	}
	pod("large", `containers: [{name: main, image: "tool:v1", resources: {requests: {memory: 900Ti, cpu: "4000"}}}]`)
	why("large", "0/1 nodes are available", "Insufficient cpu", "Insufficient memory")

	const label = "e2e.example.com/scheduling"
	pod("elsewhere", `nodeSelector: {`+label+`: here}
  containers: [{name: main, image: "tool:v1", command: [/bin/sleep, infinity]}]`)
	why("elsewhere", "0/1 nodes are available", "didn't match Pod's node affinity/selector")
	pod("picky", `affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: `+label+`, operator: In, values: [here, there]}]}]}}}
  containers: [{name: main, image: "tool:v1", command: [/bin/sleep, infinity]}]`)
	why("picky", "didn't match Pod's node affinity/selector")
	contains(t, "get pods", client.Kubectl(t, "get", "pods"), "Pending")

	node := strings.TrimPrefix(strings.TrimSpace(client.Kubectl(t, "get", "nodes", "-o", "name")), "node/")
	client.Kubectl(t, "label", "node", node, label+"=here")
	t.Cleanup(func() { client.Try(t, "label", "node", node, label+"-") })
	cluster.AwaitPod(t, client, "elsewhere", cluster.Running)
	cluster.AwaitPod(t, client, "picky", cluster.Running)
}

// A namespace goes with everything in it, and only when everything is gone.
func testNamespaces(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=2", "--", "/bin/http")
	client.Kubectl(t, "create", "configmap", "held")
	client.Kubectl(t, "patch", "configmap", "held", "--type=merge", "-p", `{"metadata":{"finalizers":["example.com/hold"]}}`)
	cluster.Await(t, client, "deployments", "web", available)
	client.Kubectl(t, "delete", "namespace", client.Namespace, "--wait=false")
	cluster.Eventually(t, awaitTimeout, "all that is not held is gone", func() error {
		out := client.Kubectl(t, "get", "deployments,replicasets,pods,secrets,serviceaccounts", "-o", "name")
		if out != "" {
			return fmt.Errorf("there are %s", out)
		}
		return nil
	})
	client.Try(t, "create", "configmap", "late").Fails(t, 1, "because it is being terminated")
	contains(t, "the namespace, meanwhile", client.Kubectl(t, "get", "namespace", client.Namespace, "-o", "jsonpath={.status}"),
		`"phase":"Terminating"`, "SomeFinalizersRemain", "example.com/hold in 1 resource instances")
	client.Kubectl(t, "patch", "configmap", "held", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	cluster.AwaitGone(t, client, "namespace", client.Namespace)
	client.Try(t, "create", "configmap", "late").Fails(t, 1, "not found")
}

// What a server tells about itself.
func testServing(t *testing.T, c *cluster.Cluster) {
	client := c.Client()
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		equal(t, path, client.Kubectl(t, "get", "--raw", path), "ok")
		contains(t, path+"?verbose", client.Kubectl(t, "get", "--raw", path+"?verbose"), "[+]store ok", "check passed")
	}
	contains(t, "/version", client.Kubectl(t, "get", "--raw", "/version"), `"major": "1"`, `"minor": "36"`, "v1.36.", "+argosy")
	contains(t, "/metrics", client.Kubectl(t, "get", "--raw", "/metrics"), "process_resident_memory_bytes", "go_goroutines")
	contains(t, "/openapi/v3", client.Kubectl(t, "get", "--raw", "/openapi/v3"), "api/v1", "apis/apps/v1")
	contains(t, "/apis", client.Kubectl(t, "get", "--raw", "/apis"), `"apps"`, `"coordination.k8s.io"`)
	client.Try(t, "get", "--raw", "/nothing/here").Fails(t, 1, "NotFound")
	contains(t, "health for everybody", anonymously(t, c, "/readyz"), "ok")
}
