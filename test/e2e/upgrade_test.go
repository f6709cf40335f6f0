package e2e

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/test/e2e/cluster"
)

// laterVersion is what the other build calls itself.
const laterVersion = "v1.36.0+argosy.9.9.9"

// A binary of another build takes over running pods: no container is touched, and everything can be done with them.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	later := filepath.Join(t.TempDir(), "argosy")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X argosy.dev/base/version.gitVersion="+laterVersion, "-o", later, "argosy.dev/cmd/argosy")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the other binary: %v", err)
	}
	c := upWithTool(t, "--keep-pods")
	client := inDefault(t, c)
	client.Kubectl(t, "create", "deployment", "web", "--image", toolImage, "--replicas=2", "--", "/bin/http")
	cluster.Await(t, client, "deployments", "web", available)
	client.Kubectl(t, "run", "users", "--image", toolImage, "--overrides", `{"spec":{"hostUsers":false}}`, "--", "-c", "exec sleep infinity")
	cluster.AwaitPod(t, client, "users", cluster.Running)
	before, ids := processes(t, c), containerIDs(t, c)
	if len(before) < 3 {
		t.Fatalf("%d containers run: %v", len(before), before)
	}

	for _, way := range []struct {
		name string
		end  func(testing.TB)
	}{{"stopped", c.Stop}, {"killed", c.Kill}} {
		way.end(t)
		c.Program = later
		if way.name == "killed" {
			c.Program = "" // and back again
		}
		c.Start(t)
		cluster.AwaitFor(t, awaitTimeout, client, "deployments", "web", func(d *appsv1.Deployment) error { return available(d) })
		if after := processes(t, c); !maps.Equal(before, after) {
			t.Errorf("%s: the containers ran as %v, and run as %v", way.name, before, after)
		}
		if after := containerIDs(t, c); !maps.Equal(ids, after) {
			t.Errorf("%s: the containers were %v, and are %v", way.name, ids, after)
		}
		if c.Program != "" {
			cluster.Eventually(t, awaitTimeout, "the node tells its new version", func() error {
				if out := client.Kubectl(t, "get", "nodes"); !strings.Contains(out, laterVersion) {
					return errors.New(out)
				}
				return nil
			})
		}
		equal(t, "a command", client.Kubectl(t, "exec", "users", "--", "echo", "still here"), "still here\n")
	}
	client.Kubectl(t, "delete", "pod", "users", "--grace-period=1")
	client.Kubectl(t, "scale", "deployment", "web", "--replicas=3")
	cluster.AwaitFor(t, awaitTimeout, client, "deployments", "web", available)
	c.Stop(t)
	c.Start(t, "--keep-pods=false")
	cluster.AwaitFor(t, awaitTimeout, client, "deployments", "web", available)
}
