package e2e

import (
	"fmt"
	"net"
	"net/http"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// Who reaches whom: pods each other, the host and the world; the host pods; the world what has a host port.
func testPodNetwork(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	answerWith(t, c.World, cluster.WorldIP+":8001", "the world")
	answerWith(t, c.Host, cluster.HostIP+":8002", "the host")
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, command: [/bin/http], ports: [{containerPort: 8080, hostPort: 18080}, {containerPort: 8080, hostPort: 18081, hostIP: 127.0.0.1}], readinessProbe: {tcpSocket: {port: 8080}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 1
  hostname: given
  subdomain: sub
  dnsPolicy: None
  dnsConfig: {nameservers: [192.0.2.53], searches: [example.com], options: [{name: ndots, value: "2"}]}
  hostAliases: [{ip: 192.0.2.7, hostnames: [seven]}]
  containers: [{name: main, image: tool:v1, args: [-c, sleep infinity]}]
---
apiVersion: v1
kind: Pod
metadata: {name: on-host}
spec:
  terminationGracePeriodSeconds: 1
  hostNetwork: true
  containers: [{name: main, image: tool:v1, command: [/bin/http, "18090"], ports: [{containerPort: 18090}], readinessProbe: {tcpSocket: {port: 18090}}}]
`)
	server := cluster.AwaitPod(t, client, "server", cluster.Running)
	from := cluster.AwaitPod(t, client, "client", cluster.Running)
	onHost := cluster.AwaitPod(t, client, "on-host", cluster.Running)
	fetch := func(pod, url string) string {
		t.Helper()
		return client.Kubectl(t, "exec", pod, "--", "wget", "-q", "-T", "10", "-O", "-", url)
	}

	contains(t, "pod to pod, with its own address", fetch("client", "http://"+server.Status.PodIP+":8080"), "server, asked by "+from.Status.PodIP+":")
	contains(t, "pod to itself", fetch("server", "http://"+server.Status.PodIP+":8080"), "server, asked by "+server.Status.PodIP+":")
	contains(t, "host to pod", get(t, c.Host, "http://"+server.Status.PodIP+":8080"), "server, asked by ")
	contains(t, "pod to host, with its own address", fetch("client", "http://"+cluster.HostIP+":8002"), "the host, asked by "+from.Status.PodIP)
	contains(t, "pod to the world, as the host", fetch("client", "http://"+cluster.WorldIP+":8001"), "the world, asked by "+cluster.HostIP)

	contains(t, "a host port, from the world", get(t, c.World, "http://"+cluster.HostIP+":18080"), "server, asked by "+cluster.WorldIP)
	contains(t, "a host port, from the host", get(t, c.Host, "http://"+cluster.HostIP+":18080"), "server, asked by ")
	contains(t, "a host port on the loopback interface", get(t, c.Host, "http://127.0.0.1:18081"), "server, asked by ")
	contains(t, "a host port, from a pod", fetch("client", "http://"+cluster.HostIP+":18080"), "server, asked by ")
	if conn, err := c.World.Dial(t.Context(), "tcp", cluster.HostIP+":18081"); err == nil {
		conn.Close()
		t.Error("a host port of the loopback interface is reached from the world")
	}

	if onHost.Status.PodIP != cluster.HostIP {
		t.Errorf("a pod on the host's network has the address %s", onHost.Status.PodIP)
	}
	contains(t, "a pod on the host's network", get(t, c.World, "http://"+cluster.HostIP+":18090"), "asked by "+cluster.WorldIP)
	contains(t, "pod to a pod on the host's network", fetch("client", "http://"+cluster.HostIP+":18090"), "asked by "+from.Status.PodIP)

	equal(t, "a host name", client.Kubectl(t, "exec", "client", "--", "hostname"), "given")
	equal(t, "resolv.conf", client.Kubectl(t, "exec", "client", "--", "cat", "/etc/resolv.conf"), "search example.com\nnameserver 192.0.2.53\noptions ndots:2")
	contains(t, "/etc/hosts", client.Kubectl(t, "exec", "client", "--", "cat", "/etc/hosts"), "192.0.2.7\tseven", from.Status.PodIP+"\tgiven.sub.")

	// A host port belongs to one: the other waits, and says why.
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: second}
spec:
  containers: [{name: main, image: tool:v1, command: [/bin/http], ports: [{containerPort: 8080, hostPort: 18080}], readinessProbe: {tcpSocket: {port: 8080}}}]
`)
	cluster.Eventually(t, awaitTimeout, "an event tells of the port", func() error {
		out := client.Kubectl(t, "get", "events", "--field-selector", "involvedObject.name=second,reason=FailedScheduling", "-o", "jsonpath={.items[*].message}")
		if out == "" {
			return errNotYet
		}
		contains(t, "the event", out, "0/1 nodes are available", "free ports")
		return nil
	})
	client.Kubectl(t, "delete", "pod", "server")
	second := cluster.AwaitPod(t, client, "second", cluster.Running)
	contains(t, "the port, in other hands", get(t, c.World, "http://"+cluster.HostIP+":18080"), "second, asked by ")
	if second.Status.HostIP != cluster.HostIP {
		t.Errorf("its host's address is %q", second.Status.HostIP)
	}
}

// answerWith serves HTTP in a network: who answers, and who asked.
func answerWith(t *testing.T, n *cluster.Network, address, name string) {
	t.Helper()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprintf(w, "%s, asked by %s\n", name, host)
	})}
	l := n.Listen(t, "tcp", address)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}
