package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

// The node over containerd: its pods have Argosy's network, by the plugin that containerd runs.
func TestContainerd(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	d := c.StartContainerd(t)
	d.Load(t, exportTool(t))
	flags := []string{"--container-runtime-endpoint", "unix://" + d.Socket, "--cni-bin-dir", d.BinDir, "--cni-conf-dir", d.ConfDir}
	c.Start(t, flags...)
	lifeOverSocket(t, c, "containerd://1.")

	c.Stop(t)
	for _, dir := range []string{d.BinDir, d.ConfDir} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left in %s: %v, %v", dir, left, err)
		}
	}
	d.Stop(t)
	c.AssertNothingLeft(t)
}

// The node over the embedded runtime of another process.
func TestServedRuntime(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	data := filepath.Join(filepath.Dir(c.DataDir), "runtime")
	socket := filepath.Join(filepath.Dir(c.DataDir), "cri.sock")
	addTool(t, data)
	command := cluster.Command(t, "runtime", "serve", "--socket", socket, "--data-dir", data)
	served := c.Host.Start(t, command)
	t.Cleanup(func() { c.KillIfRunning(t) })
	served.Says(t, cluster.ReadyLine)
	c.Start(t, "--container-runtime-endpoint", "unix://"+socket)
	lifeOverSocket(t, c, "argosy://")

	c.Stop(t)
	served.Signal(os.Interrupt)
	if code := served.Wait(t); code != 0 {
		t.Errorf("the served runtime ended with %d:\n%s", code, served.Output())
	}
	c.AssertNothingLeft(t)
}

// exportTool makes an archive of the tool's image, and of one for pause containers.
func exportTool(t *testing.T) string {
	t.Helper()
	dir, err := toolFiles()
	if err != nil {
		t.Fatal(err)
	}
	data, archive := t.TempDir(), filepath.Join(t.TempDir(), "tool.tar")
	addTool(t, data)
	cluster.Run(t, "image", "build", "-t", "pause:v1", "--add", dir+":/", "--env", "PATH=/bin", "--entrypoint", "/bin/sleep", "--cmd", "infinity", "--data-dir", data).OK(t)
	cluster.Run(t, "image", "export", "--data-dir", data, "-o", archive, toolImage, "pause:v1").OK(t)
	return archive
}

// lifeOverSocket is what a node does, over a runtime behind a socket.
func lifeOverSocket(t *testing.T, c *cluster.Cluster, version string) {
	t.Helper()
	client := inDefault(t, c)
	client.Apply(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: http
        image: tool:v1
        imagePullPolicy: IfNotPresent
        args: [-c, "echo up; exec http"]
        readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
        livenessProbe: {exec: {command: [/bin/cat, /settings/colour]}}
        volumeMounts: [{name: settings, mountPath: /settings}]
      volumes: [{name: settings, configMap: {name: settings}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Pod
metadata: {name: other}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, args: [-c, "exec sleep infinity"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: failing}
spec:
  restartPolicy: OnFailure # Debian's runc now and then cannot start a container on a busy machine: the next try can
  containers: [{name: main, image: tool:v1, args: [-c, "echo over; exit 3"]}]
`)
	cluster.AwaitFor(t, awaitTimeout, client, "deployments", "web", available)
	cluster.AwaitPod(t, client, "other", cluster.Running)
	contains(t, "nodes", client.Kubectl(t, "get", "nodes", "-o", "wide"), " Ready ", version)
	cluster.AwaitFor(t, 2*awaitTimeout, client, "pods", "failing", func(p *corev1.Pod) error {
		if len(p.Status.ContainerStatuses) == 1 {
			s := p.Status.ContainerStatuses[0]
			for _, state := range []corev1.ContainerState{s.State, s.LastTerminationState} {
				if state.Terminated != nil && state.Terminated.ExitCode == 3 {
					return nil
				}
			}
		}
		return fmt.Errorf("%+v", p.Status)
	})
	equal(t, "the log of an ended container", client.Kubectl(t, "logs", "failing"), "over\n")
	client.Kubectl(t, "delete", "pod", "failing", "--grace-period=1")
	contains(t, "the log", client.Kubectl(t, "logs", "deployment/web"), "up\n")
	equal(t, "a file of a ConfigMap", client.Kubectl(t, "exec", "deployment/web", "--", "cat", "/settings/colour"), "blue")
	equal(t, "input to a command", client.Feed(t, "there and back", "exec", "-i", "other", "--", "cat"), "there and back")
	client.Try(t, "exec", "other", "--", "sh", "-c", "exit 7").Fails(t, 7)

	var addresses []string
	for _, pod := range pods(t, c, "default") {
		if pod.Labels["app"] == "web" {
			addresses = append(addresses, pod.Status.PodIP)
			contains(t, "from the host", get(t, c.Host, "http://"+pod.Status.PodIP+":8080/"), pod.Name)
		}
	}
	for _, a := range addresses {
		contains(t, "from one pod to another", client.Kubectl(t, "exec", "other", "--", "wget", "-q", "-O", "-", "http://"+a+":8080/"), "web-")
	}
	forward := client.Start(t, "port-forward", "deployment/web", ":8080")
	contains(t, "the forwarded port", get(t, c.Host, "http://"+forwarded(t, forward, "8080")+"/"), "web-")
	forward.End()

	before := containerIDs(t, c)
	c.Kill(t)
	c.Start(t)
	cluster.AwaitFor(t, awaitTimeout, client, "deployments", "web", available)
	equal(t, "after a restart", client.Kubectl(t, "exec", "other", "--", "echo", "again"), "again\n")
	if after := containerIDs(t, c); !maps.Equal(before, after) {
		t.Errorf("the containers before the restart: %v, and after it: %v", before, after)
	}

	// A container that ends is started again, and one that is deleted goes away.
	client.Try(t, "exec", "other", "--", "kill", "1")
	client.Kubectl(t, "delete", "deployment", "web")
	cluster.Eventually(t, awaitTimeout, "the pods of the Deployment go", func() error {
		if out := client.Kubectl(t, "get", "pods", "-l", "app=web", "-o", "name"); out != "" {
			return fmt.Errorf("there are %s", strings.Fields(out))
		}
		return nil
	})
	client.Apply(t, hostPortPod)
	cluster.AwaitPod(t, client, "host-port", cluster.Running)
	contains(t, "the host port, from another host", get(t, c.World, "http://"+cluster.HostIP+":18080/"), "host-port")
}

const hostPortPod = `
apiVersion: v1
kind: Pod
metadata: {name: host-port}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, args: [-c, "exec http"], readinessProbe: {tcpSocket: {port: 8080}}, ports: [{containerPort: 8080, hostPort: 18080}]}]
`

// containerIDs are the running containers of all pods, by pod and container.
func containerIDs(t *testing.T, c *cluster.Cluster) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for _, pod := range pods(t, c, "default") {
		for _, s := range pod.Status.ContainerStatuses {
			if s.State.Running != nil {
				ids[pod.Name+"/"+s.Name] = s.ContainerID
			}
		}
	}
	return ids
}
