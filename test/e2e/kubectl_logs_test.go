package e2e

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

func testLogs(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: talker, labels: {app: talker}}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: gate, emptyDir: {}}]
  containers:
  - name: main
    image: tool:v1
    args:
    - -c
    - |
      for i in $(seq 1 20); do echo line $i; done
      echo to stderr >&2
      while [ ! -e /gate/open ]; do sleep 0.02; done
      echo last words
      sleep infinity
    volumeMounts: [{name: gate, mountPath: /gate}]
  - name: side
    image: tool:v1
    args: [-c, echo from the side; sleep infinity]
`)
		cluster.AwaitPod(t, c, "talker", cluster.Running)
		follow := c.Start(t, "logs", "-f", "talker", "-c", "main")
		follow.Line(t, "to stderr")

		all := c.Kubectl(t, "logs", "talker", "-c", "main")
		if !strings.HasPrefix(all, "line 1\nline 2\n") || !strings.HasSuffix(all, "line 20\nto stderr\n") {
			t.Errorf("logs:\n%s", all)
		}
		equal(t, "--tail=2", c.Kubectl(t, "logs", "talker", "-c", "main", "--tail=2"), "line 20\nto stderr")
		equal(t, "--tail=0", c.Kubectl(t, "logs", "talker", "-c", "main", "--tail=0"), "")
		equal(t, "--limit-bytes", c.Kubectl(t, "logs", "talker", "-c", "main", "--limit-bytes=6"), "line 1")
		equal(t, "--since, of what is recent", c.Kubectl(t, "logs", "talker", "-c", "side", "--since=1h"), "from the side")
		equal(t, "--since-time, in the future", c.Kubectl(t, "logs", "talker", "-c", "side", "--since-time=2100-01-01T00:00:00Z"), "")
		contains(t, "--timestamps", c.Kubectl(t, "logs", "talker", "-c", "side", "--timestamps"), "T", "Z from the side")
		contains(t, "--prefix of all", c.Kubectl(t, "logs", "-l", "app=talker", "--all-containers", "--prefix", "--tail=-1"),
			"[pod/talker/main] line 7", "[pod/talker/side] from the side")
		equal(t, "the default container", c.Try(t, "logs", "talker", "--tail=1").Stdout, "to stderr")

		// A follower sees what comes while it looks, and ends with the container.
		c.Kubectl(t, "exec", "talker", "-c", "main", "--", "touch", "/gate/open")
		follow.Line(t, "last words")
		if got := follow.Output(); !strings.HasPrefix(got, "line 1\n") || strings.Count(got, "line 7\n") != 1 {
			t.Errorf("logs -f:\n%s", got)
		}
		c.Kubectl(t, "delete", "pod", "talker")
		if code := follow.Wait(t); code != 0 {
			t.Errorf("logs -f of a pod that ended exited with %d:\n%s", code, follow.Output())
		}

		// The container before this one.
		c.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: again}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: tool:v1
    args:
    - -c
    - |
      if [ -e /kept/ran ]; then echo second; sleep infinity; fi
      touch /kept/ran; echo first; exit 3
    volumeMounts: [{name: kept, mountPath: /kept}]
`)
		cluster.AwaitPod(t, c, "again", func(p *corev1.Pod) error {
			if len(p.Status.ContainerStatuses) == 1 && p.Status.ContainerStatuses[0].RestartCount == 1 {
				return cluster.Running(p)
			}
			return errors.New("it did not run twice")
		})
		c.Start(t, "logs", "-f", "again").Line(t, "second")
		equal(t, "--previous", c.Kubectl(t, "logs", "again", "--previous"), "first")
		equal(t, "after a restart", c.Kubectl(t, "logs", "again"), "second")

		c.Try(t, "logs", "nobody").Fails(t, 1, `pods "nobody" not found`)
		c.Try(t, "logs", "again", "-c", "other").Fails(t, 1, "container other is not valid for pod again")
		c.Apply(t, strings.Replace(sleeper, "tool:v1", "127.0.0.1:9/none:v1", 1))
		cluster.AwaitPod(t, c, "sleeper", waitingFor("ErrImagePull", "ImagePullBackOff"))
		c.Try(t, "logs", "sleeper").Fails(t, 1, `container "main" in pod "sleeper" is waiting to start`)
		c.Try(t, "logs", "again", "--previous", "--tail=-5").Fails(t, 1, "tail")
	})
}
