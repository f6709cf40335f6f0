package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argosy.dev/test/e2e/cluster"
)

// says waits until kubectl answers so.
func says(t *testing.T, c cluster.Client, want string, args ...string) {
	t.Helper()
	cluster.Eventually(t, 30*time.Second, strings.Join(args, " "), func() error {
		if got := strings.TrimSpace(c.Try(t, args...).Stdout); got != want {
			return fmt.Errorf("%q, want %q", got, want)
		}
		return nil
	})
}

func claimed(name, claim, more string) string {
	return fmt.Sprintf(`
---
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {fsGroup: 3000}
  volumes: [{name: data, persistentVolumeClaim: {claimName: %s}}]
  containers:
  - {name: main, image: tool:v1, args: [-c, sleep infinity], %s}
`, name, claim, more)
}

const mounted = "volumeMounts: [{name: data, mountPath: /data}]"

// Volumes are made for claims when their first pod has a node, hold what they should and no more, outlive pods and restarts, and go with
// their claims.
func TestProvisionedVolumes(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	c.Start(t)
	client := c.Client()
	client.Namespace = "default"
	equal(t, "the default class", client.Kubectl(t, "get", "sc", "-o", `jsonpath={.items[*].metadata.name} {.items[*].metadata.annotations.storageclass\.kubernetes\.io/is-default-class}`), "local true")
	client.Apply(t, `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: plain}
provisioner: argosy.dev/local
parameters: {fsType: ext4}
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: plain, accessModes: [ReadWriteOnce], resources: {requests: {storage: 24Mi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: raw}
spec: {storageClassName: plain, volumeMode: Block, accessModes: [ReadWriteOnce], resources: {requests: {storage: 8Mi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: huge}
spec: {storageClassName: plain, accessModes: [ReadWriteOnce], resources: {requests: {storage: 900Ti}}}
`)
	contains(t, "why a claim waits", client.Kubectl(t, "describe", "pvc", "data"), "WaitForFirstConsumer")
	began := time.Now()
	client.Apply(t, claimed("first", "data", mounted)+claimed("block", "raw", "volumeDevices: [{name: data, devicePath: /dev/data}]"))
	cluster.AwaitPod(t, client, "first", cluster.Running)
	t.Logf("a pod with a volume that was made for it ran after %v", time.Since(began))
	cluster.AwaitPod(t, client, "block", cluster.Running)
	equal(t, "the claim", client.Kubectl(t, "get", "pvc", "data", "-o", "jsonpath={.status.phase} {.status.capacity.storage}"), "Bound 24Mi")
	volume := client.Kubectl(t, "get", "pvc", "data", "-o", "jsonpath={.spec.volumeName}")
	says(t, client, "Bound Delete", "get", "pv", volume, "-o", "jsonpath={.status.phase} {.spec.persistentVolumeReclaimPolicy}")
	sh := func(pod, script string) string {
		t.Helper()
		return client.Kubectl(t, "exec", pod, "--", "sh", "-c", script)
	}
	sh("first", "echo kept >/data/file")
	equal(t, "the group", sh("first", "stat -c %g /data"), "3000")
	if r := client.Try(t, "exec", "first", "--", "fill", "/data/x", "32"); r.Code == 0 {
		t.Error("32 MiB went into 24 MiB")
	}
	sh("first", "rm /data/x")
	equal(t, "a block device", sh("block", "stat -c %F /dev/data"), "block special file")

	// It is there again for another pod, and after a restart.
	client.Kubectl(t, "delete", "pod", "first")
	client.Apply(t, claimed("second", "data", mounted))
	cluster.AwaitPod(t, client, "second", cluster.Running)
	equal(t, "what the first pod wrote", sh("second", "cat /data/file"), "kept")
	c.Stop(t)
	c.AssertNothingLeft(t)
	if found, err := exec.Command("losetup", "-a").CombinedOutput(); err == nil && strings.Contains(string(found), filepath.Base(filepath.Dir(c.DataDir))) {
		t.Errorf("loop devices are left:\n%s", found)
	}
	c.Start(t)
	cluster.AwaitPod(t, client, "second", cluster.Running)
	cluster.Eventually(t, 30*time.Second, "the data after a restart", func() error {
		if r := client.Try(t, "exec", "second", "--", "cat", "/data/file"); strings.TrimSpace(r.Stdout) != "kept" {
			return fmt.Errorf("%q %s", r.Stdout, r.Stderr)
		}
		return nil
	})

	// It grows when the next pod comes, where it cannot while it is in use.
	client.Kubectl(t, "delete", "pod", "second")
	client.Kubectl(t, "patch", "pvc", "data", "-p", `{"spec":{"resources":{"requests":{"storage":"48Mi"}}}}`)
	says(t, client, "FileSystemResizePending", "get", "pvc", "data", "-o", "jsonpath={.status.conditions[*].type}")
	says(t, client, "48Mi", "get", "pv", volume, "-o", "jsonpath={.spec.capacity.storage}")

	// What cannot be had says why.
	client.Apply(t, claimed("never", "huge", mounted))
	cluster.Eventually(t, 30*time.Second, "an event about a claim that is too large", func() error {
		if got := client.Kubectl(t, "describe", "pvc", "huge"); !strings.Contains(got, "ProvisioningFailed") || !strings.Contains(got, "not enough space") {
			return fmt.Errorf("%s", got)
		}
		return nil
	})
	client.Kubectl(t, "delete", "pod", "never", "block")
	client.Kubectl(t, "delete", "pvc", "data", "raw", "huge")
	says(t, client, "", "get", "pv", "-o", "name")
	if left, _ := filepath.Glob(filepath.Join(c.DataDir, "volumes", "*")); len(left) > 0 {
		t.Errorf("left on the disk: %v", left)
	}
}

// The default class has volumes that grow while a pod uses them; where its tools are missing, the claim says what to install.
func TestDefaultClass(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	c.Start(t)
	client := c.Client()
	client.Namespace = "default"
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 310Mi}}}}}}]
  containers:
  - {name: main, image: tool:v1, args: [-c, sleep infinity], volumeMounts: [{name: data, mountPath: /data}]}
`)
	if _, err := exec.LookPath("mkfs.xfs"); err != nil {
		cluster.Eventually(t, 30*time.Second, "an event that names the package", func() error {
			if got := client.Kubectl(t, "describe", "pvc", "p-data"); !strings.Contains(got, "install the package xfsprogs") {
				return fmt.Errorf("%s", got)
			}
			return nil
		})
		return
	}
	cluster.AwaitPod(t, client, "p", cluster.Running)
	if r := client.Try(t, "exec", "p", "--", "fill", "/data/x", "320"); r.Code == 0 {
		t.Error("320 MiB went into 310 MiB")
	}
	client.Kubectl(t, "patch", "pvc", "p-data", "-p", `{"spec":{"resources":{"requests":{"storage":"500Mi"}}}}`)
	says(t, client, "500Mi", "get", "pvc", "p-data", "-o", "jsonpath={.status.capacity.storage}{.status.conditions[*].type}")
	client.Kubectl(t, "exec", "p", "--", "fill", "/data/x", "320")
	client.Kubectl(t, "delete", "pod", "p")
	says(t, client, "", "get", "pv,pvc", "-o", "name")
}

// Volumes that somebody made are bound to claims that they fit.
func testBoundVolumes(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	dir, name := t.TempDir(), client.Namespace
	client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s}
spec:
  storageClassName: %[1]s
  accessModes: [ReadWriteMany]
  capacity: {storage: 1Gi}
  hostPath: {path: %[2]s, type: Directory}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {storageClassName: %[1]s, accessModes: [ReadWriteMany], resources: {requests: {storage: 500Mi}}}
`, name, dir)+claimed("p", "shared", mounted))
	cluster.AwaitPod(t, client, "p", cluster.Running)
	client.Kubectl(t, "exec", "p", "--", "sh", "-c", "echo here >/data/f")
	equal(t, "what is on the host", strings.TrimSpace(read(t, dir+"/f")), "here")
	equal(t, "the claim", client.Kubectl(t, "get", "pvc", "shared", "-o", "jsonpath={.status.phase} {.status.capacity.storage} {.spec.volumeName}"), "Bound 1Gi "+name)
	// A claim in use stays until its pod is gone; the volume is kept.
	client.Kubectl(t, "delete", "pvc", "shared", "--wait=false")
	contains(t, "a claim in use", client.Kubectl(t, "get", "pvc"), "Terminating")
	client.Kubectl(t, "delete", "pod", "p")
	says(t, client, "Released", "get", "pv", name, "-o", "jsonpath={.status.phase}")
	client.Kubectl(t, "delete", "pv", name)
	contains(t, "a pod without its claim", client.Apply(t, claimed("q", "none", mounted)), "created")
	cluster.Eventually(t, 20*time.Second, "why it has no node", func() error {
		if got := client.Kubectl(t, "describe", "pod", "q"); !strings.Contains(got, `persistentvolumeclaim "none" not found`) {
			return fmt.Errorf("%s", got)
		}
		return nil
	})
}
