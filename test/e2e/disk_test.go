package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"argosy.dev/test/e2e/cluster"
)

// The disk is full: what cannot be written is refused with a Status that says so, reads go on, what was acknowledged stays,
// and once there is room again everything works again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	c.LimitDisk(t, 96)
	c.Start(t)
	api := c.API(t)
	stored := fillDisk(t, api)

	r := cluster.Client{Cluster: c}.Try(t, "create", "configmap", "one-more", "--from-literal=a=b")
	r.Fails(t, 1, "disk", "full", "try again")

	list := func(what string) {
		t.Helper()
		all, err := api.CoreV1().ConfigMaps("default").List(t.Context(), metav1.ListOptions{LabelSelector: "filler"})
		if err != nil {
			t.Fatalf("listing %s: %v", what, err)
		}
		if len(all.Items) != stored {
			t.Errorf("%s, %d of %d objects are there", what, len(all.Items), stored)
		}
	}
	list("on a full disk")
	if _, err := api.CoreV1().ConfigMaps("default").Get(t.Context(), "m-0", metav1.GetOptions{}); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	w, err := api.CoreV1().ConfigMaps("default").Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatalf("watching on a full disk: %v", err)
	}
	w.Stop()

	c.LimitDisk(t, 192)
	cluster.Eventually(t, awaitTimeout, "with room again, writes go on", func() error {
		_, err := api.CoreV1().ConfigMaps("default").Create(t.Context(), filler("after", 400_000), metav1.CreateOptions{})
		if err == nil {
			stored++
		}
		return err
	})
	list("with room again")
	c.Stop(t)
	c.Start(t)
	api = c.API(t) // the address is the same, the connections are not
	list("after another start")
}

// Deleting is the way out of a full disk, so it must work on one.
func TestDeleteOnFullDisk(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	c.LimitDisk(t, 96)
	c.Start(t)
	api := c.API(t)
	stored := fillDisk(t, api)
	cluster.Client{Cluster: c}.Kubectl(t, "delete", "configmap", "m-0")
	for i := 1; i < stored; i++ {
		if err := api.CoreV1().ConfigMaps("default").Delete(t.Context(), fmt.Sprintf("m-%d", i), metav1.DeleteOptions{}); err != nil {
			t.Fatalf("deleting the %dth of %d objects on a full disk: %v", i+1, stored, err)
		}
	}
}

// fillDisk creates objects until one is refused because the disk is full, and returns how many were not.
func fillDisk(t *testing.T, api *kubernetes.Clientset) int {
	t.Helper()
	for i := range 500 {
		_, err := api.CoreV1().ConfigMaps("default").Create(t.Context(), filler(fmt.Sprintf("m-%d", i), 400_000), metav1.CreateOptions{})
		if err == nil {
			continue
		}
		status, ok := err.(apierrors.APIStatus)
		if !ok || status.Status().Code != 507 || !strings.Contains(status.Status().Message, "full") {
			t.Fatalf("after %d objects, a full disk is told by %#v", i, err)
		}
		if i < 10 {
			t.Fatalf("it was full after %d objects", i)
		}
		return i
	}
	t.Fatal("200 MB went onto a small disk")
	return 0
}

func filler(name string, size int) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"filler": ""}}, Data: map[string]string{"a": incompressible(size)}}
}

func incompressible(size int) string {
	raw := make([]byte, size*3/4)
	_, _ = rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

// A store that is damaged is refused with the file's name, and left as it is.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	c.Start(t)
	for i := range 20 {
		if _, err := c.API(t).CoreV1().ConfigMaps("default").Create(t.Context(), filler(fmt.Sprintf("m-%d", i), 200_000), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	c.Stop(t)

	damaged := map[string][]byte{}
	store := filepath.Join(c.DataDir, "store")
	err := filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sst" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) < 4096 {
			return err
		}
		copy(content[len(content)/3:], bytes.Repeat([]byte("damage"), 200))
		damaged[path] = content
		return os.WriteFile(path, content, 0o600)
	})
	if err != nil || len(damaged) == 0 {
		t.Fatalf("nothing was damaged: %v", err)
	}
	r := cluster.Run(t, "server", "--data-dir", c.DataDir, "--listen", "127.0.0.1:0")
	r.Fails(t, 1, store, "damaged", "restore a backup")
	for path, content := range damaged {
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
			t.Errorf("%s was changed: %v", path, err)
		}
	}
}

// Files of the data directory that are not the store: each is named, and not replaced.
func TestDamagedKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pki/ca.key", "pki/ca.crt", "pki/sa.key", "format"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			c := cluster.NewServer(t)
			c.Start(t, "--api-only")
			c.Stop(t)
			path := filepath.Join(c.DataDir, name)
			if err := os.WriteFile(path, []byte("damage"), 0o600); err != nil {
				t.Fatal(err)
			}
			cluster.Run(t, "server", "--api-only", "--data-dir", c.DataDir, "--listen", "127.0.0.1:0").Fails(t, 1, path)
			equal(t, "the damaged file, afterwards", read(t, path), "damage")
		})
	}
}

// One data directory is one cluster's.
func TestDataDirInUse(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	cluster.Run(t, "server", "--api-only", "--data-dir", c.DataDir, "--listen", "127.0.0.1:0").Fails(t, 1, c.DataDir, "in use", fmt.Sprint(c.Pid()))
	c.Kubectl(t, "get", "namespaces")
}

// Damage in the log of a server that was killed, before its end: what was acknowledged is not there any more, and a start
// must say so instead of going on without it.
func TestDamagedLog(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	c.Start(t, "--api-only")
	for i := range 20 {
		if _, err := c.API(t).CoreV1().ConfigMaps("default").Create(t.Context(), filler(fmt.Sprintf("m-%d", i), 10_000), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	c.Kill(t)
	logs, err := filepath.Glob(filepath.Join(c.DataDir, "store", "data", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	var newest string
	var content []byte
	at := -1
	for _, log := range logs {
		content = []byte(read(t, log))
		if at = bytes.Index(content, []byte("m-10")); at >= 0 {
			newest = log
			break
		}
	}
	if at < 0 {
		t.Fatalf("the tenth object is in none of %v", logs)
	}
	copy(content[at:], "damage")
	if err := os.WriteFile(newest, content, 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(c.DataDir, "store")
	cluster.Run(t, "server", "--data-dir", c.DataDir, "--listen", "127.0.0.1:0").Fails(t, 1, store, "damaged", "restore a backup")
	if now := read(t, newest); now != string(content) {
		t.Error("the damaged log was changed")
	}
}
