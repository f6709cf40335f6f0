package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"argosy.dev/test/e2e/cluster"
)

const sleeper = `
apiVersion: v1
kind: Pod
metadata:
  name: sleeper
  labels: {app: sleeper, tier: back}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, sleep infinity]
    resources: {requests: {cpu: 10m, memory: 8Mi}, limits: {memory: 32Mi}}
`

func testReading(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, sleeper)
		pod := cluster.AwaitPod(t, c, "sleeper", cluster.Running)

		if row := regexp.MustCompile(`(?m)^sleeper +1/1 +Running +0 +\S+$`); !row.MatchString(c.Kubectl(t, "get", "pods")) {
			t.Errorf("get pods:\n%s", c.Kubectl(t, "get", "pods"))
		}
		contains(t, "get -o wide", c.Kubectl(t, "get", "pod", "sleeper", "-o", "wide"), "NODE", pod.Status.PodIP, pod.Spec.NodeName)
		contains(t, "get --show-labels", c.Kubectl(t, "get", "pod", "sleeper", "--show-labels"), "app=sleeper,tier=back")
		equal(t, "jsonpath", c.Kubectl(t, "get", "pod", "sleeper", "-o", "jsonpath={.status.phase} {.spec.containers[*].image}"), "Running tool:v1")
		equal(t, "name", c.Kubectl(t, "get", "pods", "-o", "name"), "pod/sleeper")
		equal(t, "template", c.Kubectl(t, "get", "pod", "sleeper", "-o", "go-template={{.metadata.name}}"), "sleeper")
		contains(t, "custom columns", c.Kubectl(t, "get", "pods", "-o", "custom-columns=N:.metadata.name,Q:.status.qosClass"), "Burstable")

		var read corev1.Pod
		if err := yaml.UnmarshalStrict([]byte(c.Kubectl(t, "get", "pod", "sleeper", "-o", "yaml")), &read); err != nil {
			t.Errorf("-o yaml: %v", err)
		}
		if read.Kind != "Pod" || read.UID != pod.UID || read.Spec.DNSPolicy != corev1.DNSClusterFirst {
			t.Errorf("-o yaml is another pod, or has no defaults: %+v", read)
		}
		var list struct{ Items []corev1.Pod }
		if err := json.Unmarshal([]byte(c.Kubectl(t, "get", "pods", "-o", "json", "-l", "app=sleeper,tier in (back,front)")), &list); err != nil || len(list.Items) != 1 {
			t.Errorf("-o json by label: %d items, %v", len(list.Items), err)
		}
		equal(t, "by another label", c.Kubectl(t, "get", "pods", "-l", "app!=sleeper", "-o", "name"), "")
		equal(t, "by a field", c.Kubectl(t, "get", "pods", "--field-selector", "status.phase=Running,metadata.name=sleeper", "-o", "name"), "pod/sleeper")
		contains(t, "get --raw", c.Kubectl(t, "get", "--raw", "/api/v1/namespaces/"+c.Namespace+"/pods/sleeper"), `"name":"sleeper"`)
		contains(t, "get all", c.Kubectl(t, "get", "all"), "pod/sleeper")
		contains(t, "get nodes", c.Kubectl(t, "get", "nodes", "-o", "wide"), "Ready", "argosy://", cluster.HostIP)

		r := c.Try(t, "get", "pod", "nobody")
		r.Fails(t, 1, `Error from server (NotFound): pods "nobody" not found`)
		c.Try(t, "get", "ships").Fails(t, 1, `the server doesn't have a resource type "ships"`)

		resources := c.Kubectl(t, "api-resources")
		contains(t, "api-resources", resources, "deploy", "apps/v1", "PriorityClass", "leases")
		contains(t, "api-versions", c.Kubectl(t, "api-versions"), "apps/v1", "coordination.k8s.io/v1", "scheduling.k8s.io/v1")
		contains(t, "explain", c.Kubectl(t, "explain", "pod.spec.containers.image"), "FIELD: image <string>", "Container image name")
		contains(t, "explain --recursive", c.Kubectl(t, "explain", "deployment.spec.strategy", "--recursive"), "maxSurge")
		contains(t, "events", c.Kubectl(t, "events", "--for", "pod/sleeper"), "Scheduled", "Started")
		contains(t, "get events", c.Kubectl(t, "get", "events", "--field-selector", "involvedObject.name=sleeper,reason=Scheduled"),
			"Successfully assigned "+c.Namespace+"/sleeper to "+pod.Spec.NodeName)
		contains(t, "version", c.Kubectl(t, "version"), "Server Version: v1.36.")
		contains(t, "cluster-info", c.Kubectl(t, "cluster-info"), "is running at")
	})
}

func testDescribing(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, sleeper)
		pod := cluster.AwaitPod(t, c, "sleeper", cluster.Running)
		contains(t, "describe pod", c.Kubectl(t, "describe", "pod", "sleeper"),
			"Status:           Running", "IP:               "+pod.Status.PodIP, "Container ID:  argosy://", "memory:  32Mi", "QoS Class:", "Burstable",
			"kube-api-access-", "Scheduled", "Started")

		c.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=2", "--", "/bin/http")
		cluster.Await(t, c, "deployments", "web", available)
		contains(t, "describe deployment", c.Kubectl(t, "describe", "deployment", "web"),
			"2 desired | 2 updated | 2 total | 2 available | 0 unavailable", "StrategyType:           RollingUpdate", "25% max unavailable, 25% max surge",
			"MinimumReplicasAvailable", "NewReplicaSetAvailable", "ScalingReplicaSet")
		contains(t, "get deployment", strings.Join(strings.Fields(c.Kubectl(t, "get", "deployment", "web")), " "), "NAME READY UP-TO-DATE AVAILABLE AGE web 2/2 2 2")

		contains(t, "describe node", c.Kubectl(t, "describe", "node", pod.Spec.NodeName), "Ready", "KubeletReady", "Allocatable:", c.Namespace, "sleeper", "Allocated resources:")
		contains(t, "describe namespace", c.Kubectl(t, "describe", "namespace", c.Namespace), "Active")
	})
}

func testWatching(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Kubectl(t, "create", "configmap", "first")
		watch := c.Start(t, "get", "configmaps", "--watch", "--output-watch-events")
		watch.Line(t, "first")
		c.Kubectl(t, "create", "configmap", "second", "--from-literal=a=1")
		contains(t, "watch after create", watch.Line(t, "second"), "ADDED")
		c.Kubectl(t, "patch", "configmap", "second", "-p", `{"data":{"b":"2"}}`)
		watch.Line(t, "MODIFIED")
		c.Kubectl(t, "delete", "configmap", "second")
		contains(t, "watch after delete", watch.Line(t, "DELETED"), "second")

		pods := c.Start(t, "get", "pods", "-w")
		c.Apply(t, sleeper)
		pods.Line(t, "ContainerCreating")
		pods.Line(t, "Running")
		c.Kubectl(t, "delete", "pod", "sleeper", "--wait=false")
		pods.Line(t, "Terminating")

		// kubectl wait, on what is there already, comes to be, and never does.
		c.Apply(t, strings.Replace(sleeper, "name: sleeper", "name: other", 1))
		c.Kubectl(t, "wait", "pod/other", "--for=condition=Ready", "--timeout=20s")
		c.Kubectl(t, "wait", "pod/other", "--for=jsonpath={.status.phase}=Running")
		c.Try(t, "wait", "pod/other", "--for=condition=Never", "--timeout=100ms").Fails(t, 1, "timed out waiting")
		gone := c.Start(t, "wait", "pod/other", "--for=delete", "--timeout=20s")
		c.Kubectl(t, "delete", "pod", "other")
		if code := gone.Wait(t); code != 0 {
			t.Errorf("wait --for=delete exited with %d: %s", code, gone.Output())
		}
	})
}
