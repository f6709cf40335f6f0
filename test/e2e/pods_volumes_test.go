package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/test/e2e/cluster"
)

func testVolumes(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	host := t.TempDir()
	client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red, size: large}
binaryData: {bytes: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: hush}
---
apiVersion: v1
kind: Pod
metadata: {name: volumes, labels: {app: shop}}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {fsGroup: 2000}
  volumes:
  - {name: scratch, emptyDir: {}}
  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 2Mi}}
  - {name: settings, configMap: {name: settings}}
  - {name: picked, configMap: {name: settings, defaultMode: 0400, items: [{key: colour, path: deep/down, mode: 0444}, {key: size, path: plain}]}}
  - {name: key, secret: {secretName: key, defaultMode: 0440}}
  - {name: maybe, secret: {secretName: absent, optional: true}}
  - {name: about, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: cpu, resourceFieldRef: {containerName: main, resource: requests.cpu, divisor: 1m}}]}}
  - {name: host, hostPath: {path: %s, type: Directory}}
  - name: all
    projected: {sources: [{configMap: {name: settings, items: [{key: colour, path: c}]}}, {secret: {name: key}}, {downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}]}
  containers:
  - name: main
    image: tool:v1
    args: [-c, sleep infinity]
    resources: {requests: {cpu: 20m}}
    volumeMounts:
    - {name: scratch, mountPath: /scratch}
    - {name: memory, mountPath: /memory}
    - {name: settings, mountPath: /settings}
    - {name: settings, mountPath: /etc/one, subPath: colour}
    - {name: picked, mountPath: /picked}
    - {name: key, mountPath: /key}
    - {name: maybe, mountPath: /maybe}
    - {name: about, mountPath: /about}
    - {name: host, mountPath: /host}
    - {name: all, mountPath: /all}
`, host))
	cluster.AwaitPod(t, client, "volumes", cluster.Running)
	sh := func(script string) string {
		t.Helper()
		return client.Kubectl(t, "exec", "volumes", "--", "sh", "-c", script)
	}
	equal(t, "a ConfigMap's files", sh("cd /settings; ls; cat colour"), "bytes\ncolour\nsize\nred")
	equal(t, "its bytes", sh("wc -c /settings/bytes"), "3")
	equal(t, "one file of it", sh("cat /etc/one"), "red")
	equal(t, "items and modes", sh("cat /picked/deep/down; echo; stat -c %a /picked/deep/..data 2>/dev/null; stat -c %a $(readlink -f /picked/deep/down) $(readlink -f /picked/plain)"), "red\n444\n440")
	equal(t, "a Secret", sh("cat /key/password; echo; stat -c '%a %g' $(readlink -f /key/password)"), "hush\n440 2000")
	equal(t, "what is optional and absent", sh("ls /maybe"), "")
	equal(t, "the downward API", sh("cat /about/labels; echo; cat /about/cpu"), "app=\"shop\"\n20")
	equal(t, "projected", sh("cat /all/c /all/password /all/name"), "redhushvolumes")
	equal(t, "the group of scratch space", sh("stat -c %g /scratch"), "2000")
	if r := client.Try(t, "exec", "volumes", "--", "fill", "/memory/x", "4"); r.Code == 0 {
		t.Error("4 MiB went into 2 MiB of memory")
	}
	if r := client.Try(t, "exec", "volumes", "--", "sh", "-c", "echo no >/settings/colour"); r.Code == 0 {
		t.Error("a ConfigMap was written to")
	}
	sh("echo from the pod >/host/file")
	equal(t, "a file on the host", read(t, host+"/file"), "from the pod")

	// What is changed shows up in the files, all at once; a file that is mounted by itself stays.
	shown := filepath.Join(c.DataDir, "pods", client.Kubectl(t, "get", "pod", "volumes", "-o", "jsonpath={.metadata.uid}"), "volumes", "settings", "colour")
	client.Kubectl(t, "patch", "configmap", "settings", "-p", `{"data":{"colour":"blue","shape":"round"}}`)
	asked := time.Now()
	cluster.Eventually(t, time.Second, "the file follows within a second", func() error {
		if got := read(t, shown); got != "blue" {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
	t.Logf("the file followed its ConfigMap %v after kubectl was done", time.Since(asked))
	client.Kubectl(t, "patch", "secret", "key", "-p", `{"stringData":{"password":"quiet"}}`)
	client.Kubectl(t, "label", "pod", "volumes", "app=store", "--overwrite")
	want := "blue round large quiet blue app=\"store\" red"
	cluster.Eventually(t, 20*time.Second, "changes show up", func() error {
		got := client.Try(t, "exec", "volumes", "--", "sh", "-c", "echo $(cat /settings/colour) $(cat /settings/shape) $(cat /settings/size) $(cat /key/password) $(cat /all/c) $(cat /about/labels) $(cat /etc/one)").Stdout
		if strings.TrimSpace(got) != want {
			return fmt.Errorf("%q, want %q", got, want)
		}
		return nil
	})
}

// A pod's token is good for who the pod is, and for no more.
func testToken(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: caller}
spec:
  hostNetwork: true # the API of a single machine listens on its loopback interface
  terminationGracePeriodSeconds: 1
  volumes:
  - {name: own, projected: {sources: [{serviceAccountToken: {path: token, audience: others, expirationSeconds: 600}}]}}
  containers:
  - {name: main, image: tool:v1, args: [-c, sleep infinity], volumeMounts: [{name: own, mountPath: /own}]}
`)
	cluster.AwaitPod(t, client, "caller", cluster.Running)
	call := func(token, path string) cluster.Result {
		t.Helper()
		const dir = "/var/run/secrets/kubernetes.io/serviceaccount"
		return client.Try(t, "exec", "caller", "--", "sh", "-c",
			fmt.Sprintf(`wget -S -O - -A %s/ca.crt -H "Authorization: Bearer $(cat %s)" %s%s`, dir, token, c.REST(t).Host, path))
	}
	const token = "/var/run/secrets/kubernetes.io/serviceaccount/token"
	r := call(token, "/api/v1/namespaces/"+client.Namespace+"/pods")
	contains(t, "listing pods", r.Stderr, "403 Forbidden")
	contains(t, "listing pods", r.Stdout, `"reason":"Forbidden"`, "system:serviceaccount:"+client.Namespace+":default")
	contains(t, "the version", call(token, "/version").Stderr, "200 OK")
	contains(t, "a token for others", call("/own/token", "/version").Stderr, "401 Unauthorized")
	equal(t, "the namespace file", client.Kubectl(t, "exec", "caller", "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"), client.Namespace)
}

// Scratch space on the disk that becomes larger than its limit costs the pod its life.
func testScratchLimit(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: greedy}
spec:
  volumes: [{name: scratch, emptyDir: {sizeLimit: 1Mi}}]
  containers: [{name: main, image: tool:v1, args: [-c, fill /scratch/x 3; sleep infinity], volumeMounts: [{name: scratch, mountPath: /scratch}]}]
`)
	p := cluster.AwaitPod(t, client, "greedy", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s", p.Status.Phase)
		}
		return nil
	})
	equal(t, "why it failed", p.Status.Reason+": "+p.Status.Message, `Evicted: Usage of EmptyDir volume "scratch" exceeds the limit "1Mi". `)
}
