package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// The first thing that a user does: a cluster in one command, something that runs in it, and nothing left of it.
func TestDemo(t *testing.T) {
	t.Parallel()
	c := cluster.Up(t, "--demo")

	if ms := number(t, c, `ready in (\d+) ms`); ms > 5000 {
		t.Errorf("ready after %d ms", ms)
	}
	for _, want := range []string{"data directory  " + c.DataDir, "address         https://127.0.0.1:", "kubeconfig      " + c.Kubeconfig} {
		if _, ok := c.Line(want); !ok {
			t.Errorf("it did not say %q:\n%s", want, c.Output())
		}
	}

	awaitDemo(t, c)
	cluster.Eventually(t, 10*time.Second, "the demo's lines", func() error {
		if _, ok := c.Line("curl http://"); !ok {
			return fmt.Errorf("not in:\n%s", c.Output())
		}
		return nil
	})
	line, _ := c.Line("curl http://")
	answer := get(t, c.Host, strings.TrimPrefix(strings.TrimSpace(line), "curl "))
	if !strings.Contains(answer, "demo-") {
		t.Errorf("the demo answered %q, which does not name its pod", answer)
	}

	// Whatever the kernel holds of it names the data directory, so that the check below sees it.
	kernel := c.Kernel(t)
	for _, section := range []string{"processes", "mounts", "cgroups", "links", "routes", "nftables", "sysctls"} {
		if len(kernel[section]) == 0 {
			t.Errorf("a running cluster shows nothing among %s", section)
		}
	}
	for pod, pid := range containerPids(t, c, "default") {
		if !strings.Contains(strings.Join(kernel["processes"], "\n"), fmt.Sprintf("+ %d ", pid)) {
			t.Errorf("process %d of pod %s was overlooked among\n%s", pid, pod, strings.Join(kernel["processes"], "\n"))
		}
	}

	c.Stop(t)
	c.AssertNothingLeft(t)
	if strings.Contains(c.Output(), "level=ERROR") || strings.Contains(c.Output(), "level=WARN") {
		t.Errorf("a healthy cluster complained:\n%s", c.Output())
	}
}

// Started again on the same data, everything is there: the same objects, and pods in their places.
func TestStartAgain(t *testing.T) {
	t.Parallel()
	c := cluster.Up(t, "--demo")
	awaitDemo(t, c)
	uid := func(args ...string) string { return c.Kubectl(t, append(args, "-o", "jsonpath={.metadata.uid}")...) }
	c.Kubectl(t, "create", "configmap", "kept", "--from-literal=a=b")
	before := uid("get", "configmap", "kept") + uid("get", "deployment", "demo") + uid("get", "namespace", "kube-system")
	names := c.Kubectl(t, "get", "pods", "-o", "name")
	c.Stop(t)

	c.Start(t)
	if after := uid("get", "configmap", "kept") + uid("get", "deployment", "demo") + uid("get", "namespace", "kube-system"); after != before {
		t.Error("objects have come back as others")
	}
	awaitDemo(t, c)
	for _, ip := range podIPs(t, c) {
		if answer := get(t, c.Host, "http://"+ip+":8080"); !strings.Contains(answer, "demo-") {
			t.Errorf("%s answered %q", ip, answer)
		}
	}
	if again := c.Kubectl(t, "get", "pods", "-o", "name"); again != names {
		t.Errorf("other pods: %q, before %q", again, names)
	}
}

// --keep-pods leaves containers running at a graceful stop; the next start adopts them, and can stop them.
func TestKeepPods(t *testing.T) {
	t.Parallel()
	c := cluster.Up(t, "--demo", "--keep-pods")
	awaitDemo(t, c)
	pids, ips := containerPids(t, c, "default"), podIPs(t, c)
	c.Stop(t)
	for _, ip := range ips {
		if answer := get(t, c.Host, "http://"+ip+":8080"); !strings.Contains(answer, "demo-") {
			t.Errorf("without argosy, %s answered %q", ip, answer)
		}
	}

	c.Start(t, "--demo")
	awaitDemo(t, c)
	samePids(t, pids, containerPids(t, c, "default"))
	for _, pod := range pods(t, c, "default") {
		for _, s := range pod.Status.ContainerStatuses {
			if s.RestartCount != 0 {
				t.Errorf("%s counts %d restarts", pod.Name, s.RestartCount)
			}
		}
	}
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// awaitDemo waits until the demo's Deployment is available.
func awaitDemo(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	client := c.Client()
	client.Namespace = "default"
	cluster.Await(t, client, "deployments", "demo", available)
}

// available is a check: all replicas are of the latest template and available.
func available(d *appsv1.Deployment) error {
	s := d.Status
	if s.ObservedGeneration < d.Generation || s.Replicas != *d.Spec.Replicas || s.UpdatedReplicas != s.Replicas || s.AvailableReplicas != s.Replicas {
		return fmt.Errorf("generation %d, wanted replicas %d, status %+v", d.Generation, *d.Spec.Replicas, s)
	}
	return nil
}

// number is what a pattern finds in the cluster's output.
func number(t *testing.T, c *cluster.Cluster, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(c.Output())
	if found == nil {
		t.Fatalf("no %s in:\n%s", pattern, c.Output())
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func podIPs(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	var ips []string
	for _, pod := range pods(t, c, "default") {
		if net.ParseIP(pod.Status.PodIP) == nil {
			t.Errorf("pod %s has the address %q", pod.Name, pod.Status.PodIP)
			continue
		}
		ips = append(ips, pod.Status.PodIP)
	}
	return ips
}

// get fetches a URL from within a network.
func get(t *testing.T, from *cluster.Network, url string) string {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: from.Dial, DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s, %v: %s", url, response.Status, err, body)
	}
	return string(body)
}

func pods(t *testing.T, c *cluster.Cluster, namespace string) []corev1.Pod {
	t.Helper()
	list, err := c.API(t).CoreV1().Pods(namespace).List(t.Context(), listAll)
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}
