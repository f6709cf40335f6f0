package e2e

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

func testPortForward(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: http, image: tool:v1, command: [/bin/http], readinessProbe: {tcpSocket: {port: 8080}}}]
`)
		cluster.Await(t, c, "deployments", "web", available)

		forward := c.Start(t, "port-forward", "deployment/web", ":8080", ":9")
		address := forwarded(t, forward, "8080")
		for range 3 { // connections one after the other
			contains(t, "the pod's answer", get(t, c.Host, "http://"+address+"/"), "web-")
		}
		contains(t, "a connection that is kept", get(t, c.Host, "http://"+address+"/env"), "PATH=/bin")

		// Nobody listens there: that connection ends, the others do not.
		err := c.Host.Do(func() error {
			conn, err := net.Dial("tcp", forwarded(t, forward, "9"))
			if err != nil {
				return err
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			if n, err := conn.Read(make([]byte, 1)); err == nil {
				return fmt.Errorf("%d bytes came", n)
			}
			return nil
		})
		if err != nil {
			t.Errorf("a port that nobody listens on: %v", err)
		}
		forward.Line(t, "onnection refused")
		c.Try(t, "port-forward", "pod/nobody", ":80").Fails(t, 1, `pods "nobody" not found`)
	})
}

// forwarded is the local address of a remote port.
func forwarded(t *testing.T, p *cluster.Process, port string) string {
	t.Helper()
	line := p.Line(t, "-> "+port)
	found := regexp.MustCompile(`(127\.0\.0\.1:\d+)`).FindString(line)
	if found == "" {
		t.Fatalf("no address in %q", line)
	}
	return found
}

func testAttach(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: echo}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, args: [-c, "while read line; do echo heard $line; done; echo over"], stdin: true, stdinOnce: true}]
`)
		cluster.AwaitPod(t, c, "echo", cluster.Running)
		attached := c.Start(t, "attach", "-i", "echo")
		attached.Type(t, "one\n")
		attached.Line(t, "heard one")
		attached.Type(t, "two\n")
		attached.Line(t, "heard two")
		attached.CloseInput() // once, so the container's ends with it
		attached.Line(t, "over")
		cluster.AwaitPod(t, c, "echo", func(p *corev1.Pod) error {
			if p.Status.Phase != corev1.PodSucceeded {
				return errors.New("it did not see its input's end")
			}
			return nil
		})
		equal(t, "what was attached to, in the log", c.Kubectl(t, "logs", "echo"), "heard one\nheard two\nover")

		// kubectl run attaches, passes the exit code on, and removes the pod.
		r := c.TryFeed(t, "hello\n", "run", "once", "-i", "--rm", "--quiet", "--restart=Never", "--image", toolImage, "--", "-c", "read x; echo got $x; exit 4")
		if r.Code != 4 || !strings.Contains(r.Stdout, "got hello") {
			t.Errorf("run -i --rm exited with %d: %s%s", r.Code, r.Stdout, r.Stderr)
		}
		cluster.AwaitGone(t, c, "pod", "once")
		shell := c.Host.StartOnTerminal(t, c.Command(t, "run", "shell", "-it", "--rm", "--quiet", "--restart=Never", "--image", toolImage), 24, 80)
		shell.Type(t, "tty; echo $((6*7)); exit 0\n")
		shell.Line(t, "42")
		if code := shell.Wait(t); code != 0 {
			t.Errorf("run -it exited with %d:\n%s", code, shell.Output())
		}
	})
}
