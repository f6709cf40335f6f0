package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"

	"argosy.dev/test/e2e/cluster"
)

// What the node and its containers use, as collectors of metrics read it through the API server.
func testFigures(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: busy}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tool:v1
    args: [-c, "while true; do echo on >/dev/null; done"]
    resources: {limits: {cpu: 100m, memory: 64Mi}}
`)
	pod := cluster.AwaitPod(t, client, "busy", cluster.Running)
	raw := func(path string) string {
		return client.Kubectl(t, "get", "--raw", "/api/v1/nodes/"+pod.Spec.NodeName+"/proxy"+path)
	}
	cluster.Eventually(t, 20*time.Second, "the summary tells what the pod uses", func() error {
		text := raw("/stats/summary")
		var summary stats.Summary
		if err := json.Unmarshal([]byte(text), &summary); err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		return busy(summary, string(pod.UID))
	})
	cluster.Eventually(t, 20*time.Second, "kubectl top tells what pods and nodes use", func() error {
		return topped(t, client, pod.Spec.NodeName)
	})
	contains(t, "/metrics/resource", raw("/metrics/resource"), `container_cpu_usage_seconds_total{container="main",namespace="`+pod.Namespace+`",pod="busy"}`)
	contains(t, "/metrics/cadvisor", raw("/metrics/cadvisor"), `image="tool:v1"`)
	contains(t, "/metrics", raw("/metrics"), "kubelet_running_pods")
	contains(t, "/configz", raw("/configz"), `"kind":"KubeletConfiguration"`)
	contains(t, "/runningpods/", raw("/runningpods/"), `"name":"busy"`)
}

// busy checks that the pod uses some of its tenth of a core and of its memory, and the node no less.
func busy(s stats.Summary, uid string) error {
	for _, p := range s.Pods {
		if p.PodRef.UID != uid {
			continue
		}
		if len(p.Containers) != 1 || p.Containers[0].CPU == nil || p.Containers[0].CPU.UsageNanoCores == nil || p.Memory == nil || s.Node.CPU.UsageNanoCores == nil {
			return fmt.Errorf("figures are missing: %+v", p)
		}
		used, node := *p.Containers[0].CPU.UsageNanoCores, *s.Node.CPU.UsageNanoCores
		if used < 1e7 || used > 2e8 || node < used/2 {
			return fmt.Errorf("the container uses %d nanocores of its 100,000,000, the node %d", used, node)
		}
		if set := p.Memory.WorkingSetBytes; set == nil || *set == 0 || *set > 64<<20 {
			return fmt.Errorf("the pod's memory: %+v", p.Memory)
		}
		if p.Network == nil || p.Network.TxBytes == nil || *s.Node.Fs.CapacityBytes == 0 {
			return fmt.Errorf("network %+v, the node's file system %+v", p.Network, s.Node.Fs)
		}
		return nil
	}
	return errors.New("the pod is not in it")
}

// topped checks what "kubectl top" prints, which comes from metrics.k8s.io.
func topped(t *testing.T, client cluster.Client, node string) error {
	rows := func(args ...string) ([][]string, error) {
		r := client.Try(t, append([]string{"top"}, args...)...)
		if r.Code != 0 {
			return nil, errors.New(r.Stderr)
		}
		var rows [][]string
		for line := range strings.Lines(r.Stdout) {
			rows = append(rows, strings.Fields(line))
		}
		return rows, nil
	}
	pods, err := rows("pods", "--containers", "--no-headers")
	if err != nil || len(pods) != 1 || len(pods[0]) != 4 || pods[0][0] != "busy" || pods[0][1] != "main" {
		return fmt.Errorf("kubectl top pods --containers: %v %w", pods, err)
	}
	var cpu, memory int
	if _, err := fmt.Sscanf(pods[0][2]+" "+pods[0][3], "%dm %dMi", &cpu, &memory); err != nil || cpu < 10 || cpu > 200 || memory > 64 {
		return fmt.Errorf("kubectl top pods: %v %w", pods, err)
	}
	if nodes, err := rows("node", node, "--no-headers"); err != nil || len(nodes) != 1 || len(nodes[0]) != 5 || nodes[0][0] != node {
		return fmt.Errorf("kubectl top node: %v %w", nodes, err)
	}
	return nil
}
