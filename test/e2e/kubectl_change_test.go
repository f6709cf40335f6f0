package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argosy.dev/test/e2e/cluster"
)

func testChanging(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		c.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=1", "--", "/bin/http")
		web := func(path string) string {
			t.Helper()
			return c.Kubectl(t, "get", "deployment", "web", "-o", "jsonpath={"+path+"}")
		}

		c.Kubectl(t, "label", "deployment", "web", "team=blue", "tier=front")
		equal(t, "labels", web(".metadata.labels.team"), "blue")
		c.Try(t, "label", "deployment", "web", "team=red").Fails(t, 1, "already has a value (blue)")
		c.Kubectl(t, "label", "deployment", "web", "team=red", "tier-", "--overwrite")
		equal(t, "labels after overwriting", web(".metadata.labels"), `{"app":"web","team":"red"}`)
		c.Try(t, "label", "deployment", "web", "team=not valid").Fails(t, 1, "not valid")

		c.Kubectl(t, "annotate", "deployment", "web", "note=of some length, with a comma")
		equal(t, "annotation", web(".metadata.annotations.note"), "of some length, with a comma")
		c.Kubectl(t, "annotate", "deployment", "web", "note-")
		equal(t, "annotation after removal", web(".metadata.annotations.note"), "")

		// The three kinds of patches: lists are merged by key, replaced, or picked apart.
		c.Kubectl(t, "patch", "deployment", "web", "-p", `{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"tool:v1","args":["-c","exec sleep infinity"]}]}}}}`)
		equal(t, "after a strategic patch", web(".spec.template.spec.containers[*].name"), "side tool")
		c.Kubectl(t, "patch", "deployment", "web", "--type=json", "-p", `[{"op":"test","path":"/spec/template/spec/containers/0/name","value":"side"},{"op":"remove","path":"/spec/template/spec/containers/0"}]`)
		equal(t, "after a JSON patch", web(".spec.template.spec.containers[*].image"), toolImage)
		c.Try(t, "patch", "deployment", "web", "--type=json", "-p", `[{"op":"test","path":"/spec/replicas","value":7}]`).Fails(t, 1, "The request is invalid")
		c.Kubectl(t, "patch", "deployment", "web", "--type=merge", "-p", `{"metadata":{"labels":{"team":null}},"spec":{"revisionHistoryLimit":3}}`)
		equal(t, "after a merge patch", web(".metadata.labels")+web(".spec.revisionHistoryLimit"), `{"app":"web"}3`)
		c.Kubectl(t, "patch", "deployment", "web", "--subresource=scale", "--type=merge", "-p", `{"spec":{"replicas":2}}`)
		equal(t, "after a patch of the scale", web(".spec.replicas"), "2")

		c.Kubectl(t, "scale", "deployment", "web", "--replicas=3")
		cluster.Await(t, c, "deployments", "web", available)
		cluster.Eventually(t, awaitTimeout, "three pods", func() error {
			if out := c.Kubectl(t, "get", "pods", "-l", "app=web", "-o", "name"); strings.Count(out, "pod/") != 3 {
				return errors.New(out)
			}
			return nil
		})
		c.Try(t, "scale", "deployment", "web", "--replicas=1", "--current-replicas=7").Fails(t, 1, "Expected replicas to be 7")
		c.Kubectl(t, "scale", "deployment", "web", "--replicas=0")
		cluster.Await(t, c, "deployments", "web", available)

		// Edit, with an editor that is a command; and replace, which minds the resourceVersion.
		editor := filepath.Join(t.TempDir(), "editor")
		if err := os.WriteFile(editor, []byte("#!/bin/sh\nexec sed -i 's/minReadySeconds: .*//; s/^spec:$/spec:\\n  minReadySeconds: 4/' \"$1\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		edit := c.Command(t, "edit", "deployment", "web")
		edit.Env = append(edit.Env, "KUBE_EDITOR="+editor)
		if r := c.Host.RunCmd(t, edit); r.Code != 0 {
			t.Errorf("edit: %s%s", r.Stdout, r.Stderr)
		}
		equal(t, "after editing", web(".spec.minReadySeconds"), "4")
		old := c.Kubectl(t, "get", "deployment", "web", "-o", "yaml")
		c.Feed(t, strings.Replace(old, "minReadySeconds: 4", "minReadySeconds: 2", 1), "replace", "-f", "-")
		equal(t, "after replacing", web(".spec.minReadySeconds"), "2")
		c.TryFeed(t, old, "replace", "-f", "-").Fails(t, 1, "Conflict", "the object has been modified")

		c.Kubectl(t, "set", "env", "deployment/web", "MODE=fast")
		equal(t, "set env", web(".spec.template.spec.containers[0].env[0].value"), "fast")
		c.Kubectl(t, "set", "resources", "deployment/web", "--requests=cpu=15m")
		equal(t, "set resources", web(".spec.template.spec.containers[0].resources.requests.cpu"), "15m")
		c.Kubectl(t, "expose", "deployment", "web", "--port=80", "--target-port=8080")
		contains(t, "the service", c.Kubectl(t, "get", "service", "web"), "ClusterIP", "80/TCP")
		c.Kubectl(t, "create", "secret", "generic", "key", "--from-literal=k=v")
		equal(t, "the secret", c.Kubectl(t, "get", "secret", "key", "-o", "jsonpath={.data.k} {.type}"), "dg== Opaque")
		c.Try(t, "create", "secret", "generic", "key").Fails(t, 1, `secrets "key" already exists`)
		contains(t, "create token", c.Kubectl(t, "create", "token", "default"), "eyJ")
	})
}

func testDeleting(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		left := func() string {
			t.Helper()
			return strings.TrimSpace(c.Kubectl(t, "get", "deployments,replicasets,pods", "-l", "app=web", "--ignore-not-found", "-o", "name"))
		}
		nothing := func() error {
			if l := left(); l != "" {
				return fmt.Errorf("there are %s", l)
			}
			return nil
		}
		create := func() {
			t.Helper()
			c.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=2", "--", "/bin/sleep", "infinity")
			cluster.Await(t, c, "deployments", "web", available)
		}

		create()
		c.Kubectl(t, "delete", "deployment", "web", "--cascade=background")
		cluster.Eventually(t, 20*time.Second, "all gone in the background", nothing)

		// In the foreground, the owner goes last: once kubectl says deleted, nothing is left.
		create()
		c.Kubectl(t, "delete", "deployment", "web", "--cascade=foreground")
		if l := left(); l != "" {
			t.Errorf("after deletion in the foreground there are %s", l)
		}

		// Orphans stay, with no owner; a new owner of the same selector adopts them.
		create()
		sets := c.Kubectl(t, "get", "replicasets", "-o", "name")
		pods := c.Kubectl(t, "get", "pods", "-o", "name")
		c.Kubectl(t, "delete", "deployment", "web", "--cascade=orphan")
		equal(t, "orphaned sets", c.Kubectl(t, "get", "replicasets", "-o", "name"), strings.TrimSpace(sets))
		equal(t, "their owners", c.Kubectl(t, "get", "replicasets", "-o", "jsonpath={.items[*].metadata.ownerReferences}"), "")
		create()
		equal(t, "adopted sets", c.Kubectl(t, "get", "replicasets", "-o", "name"), strings.TrimSpace(sets))
		equal(t, "adopted pods", c.Kubectl(t, "get", "pods", "-o", "name"), strings.TrimSpace(pods))

		c.Kubectl(t, "delete", "deployments", "--all")
		cluster.Eventually(t, 20*time.Second, "all gone at last", nothing)

		// What has a finalizer stays, marked, until the finalizer goes.
		c.Apply(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}")
		c.Kubectl(t, "delete", "configmap", "held", "--wait=false")
		if c.Kubectl(t, "get", "configmap", "held", "-o", "jsonpath={.metadata.deletionTimestamp}") == "" {
			t.Error("an object that is held is not marked as going")
		}
		c.Kubectl(t, "patch", "configmap", "held", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
		cluster.AwaitGone(t, c, "configmap", "held")

		// A pod with a grace: now, and by force.
		c.Apply(t, strings.Replace(sleeper, "terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 300", 1))
		cluster.AwaitPod(t, c, "sleeper", cluster.Running)
		c.Kubectl(t, "delete", "pod", "sleeper", "--grace-period=0", "--force")
		cluster.AwaitGone(t, c, "pod", "sleeper")
	})
}
