package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/test/e2e/cluster"
)

// A backup of a live cluster, restored into a fresh directory: everything is there, and runs.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	client.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=2", "--", "/bin/http")
	cluster.Await(t, client, "deployments", "web", available)
	client.Kubectl(t, "create", "namespace", "other")
	client.Kubectl(t, "create", "secret", "generic", "key", "--from-literal=k=hush", "-n", "other")

	// Written while it is taken: what was acknowledged before it began is in it.
	writing := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		api := c.API(t)
		for i := 0; ; i++ {
			select {
			case <-stop:
				writing <- nil
				return
			default:
			}
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("m-%d", i)}}
			if _, err := api.CoreV1().ConfigMaps("other").Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
				writing <- err
				return
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "backup")
	cluster.Await(t, cluster.Client{Cluster: c, Namespace: "other"}, "configmaps", "m-20", func(*corev1.ConfigMap) error { return nil })
	before := inventory(t, c)
	r := c.Host.RunCmd(t, cluster.Command(t, "store", "backup", file, "--kubeconfig", c.Kubeconfig))
	close(stop)
	if err := <-writing; err != nil {
		t.Errorf("writing while the backup is taken: %v", err)
	}
	if r.Code != 0 {
		t.Fatalf("backup: %s%s", r.Stdout, r.Stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup holds secrets and has the mode %v, %v", info.Mode(), err)
	}
	cluster.Run(t, "store", "restore", file, "--data-dir", c.DataDir).Fails(t, 1, c.DataDir)
	c.Stop(t)
	cluster.Run(t, "store", "restore", file, "--data-dir", c.DataDir).Fails(t, 1, c.DataDir, "--replace")

	// On another host, with nothing but the backup and the image.
	restored := cluster.New(t)
	cluster.Run(t, "store", "restore", file, "--data-dir", restored.DataDir).OK(t)
	addTool(t, restored.DataDir)
	restored.Start(t)
	after := inventory(t, restored)
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("not restored: %s", line)
		}
	}
	equal(t, "a secret", restored.Kubectl(t, "get", "secret", "key", "-n", "other", "-o", "jsonpath={.data.k}"), "aHVzaA==")
	cluster.Await(t, cluster.Client{Cluster: restored, Namespace: "default"}, "deployments", "web", available)

	// New objects come after the old ones.
	restored.Kubectl(t, "create", "configmap", "new")
	restored.Kubectl(t, "delete", "deployment", "web")
}

// inventory is every object with its uid: "KIND NAMESPACE NAME UID". Events and leases are of the moment and not counted, nor
// are nodes and the revisions that everything has.
func inventory(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	out := c.Kubectl(t, "get", "namespaces,configmaps,secrets,serviceaccounts,services,deployments,replicasets,pods,priorityclasses,controllerrevisions", "-A",
		"-o", `jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name} {.metadata.uid}{"\n"}{end}`)
	return strings.Split(strings.TrimSpace(out), "\n")
}
