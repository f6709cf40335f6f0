package e2e

import (
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

const settings = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: shop}
data:
  colour: red
  size: large
`

func testApply(t *testing.T, c *cluster.Cluster) {
	forEachKubectl(t, c, func(t *testing.T, c cluster.Client) {
		value := func(path string) string {
			t.Helper()
			return c.Kubectl(t, "get", "configmap", "settings", "-o", "jsonpath={"+path+"}")
		}
		said := func(want, got string) {
			t.Helper()
			if !strings.Contains(got, want) {
				t.Errorf("want %q, kubectl said %q", want, got)
			}
		}
		said("configmap/settings created (server dry run)", c.Apply(t, settings, "--dry-run=server"))
		said("configmap/settings created (dry run)", c.Apply(t, settings, "--dry-run=client"))
		if r := c.Try(t, "get", "configmap", "settings"); r.Code == 0 {
			t.Errorf("a dry run made it: %s", r.Stdout)
		}
		said("configmap/settings created", c.Apply(t, settings))
		said("configmap/settings unchanged", c.Apply(t, settings))

		// Three ways: what somebody else added stays, what was applied before and is not any more goes.
		c.Kubectl(t, "patch", "configmap", "settings", "-p", `{"data":{"owner":"them"}}`)
		said("configmap/settings configured", c.Apply(t, strings.Replace(settings, "  size: large\n", "  shape: round\n", 1)))
		if got := value(".data"); got != `{"colour":"red","owner":"them","shape":"round"}` {
			t.Errorf("after applying without size and with shape: %s", got)
		}

		// Diff tells by its exit code, 1, and changes nothing.
		changed := strings.Replace(settings, "red", "blue", 1)
		r := c.TryFeed(t, changed, "diff", "-f", "-")
		if r.Code != 1 || !strings.Contains(r.Stdout, "-  colour: red") || !strings.Contains(r.Stdout, "+  colour: blue") {
			t.Errorf("diff exited with %d: %s%s", r.Code, r.Stdout, r.Stderr)
		}
		if got := value(".data.colour"); got != "red" {
			t.Errorf("after diff, colour is %q", got)
		}

		// A list of objects, some of which are there.
		both := settings + "---\n" + strings.Replace(settings, "name: settings", "name: more", 1)
		out := c.Apply(t, both)
		said("configmap/settings configured", out)
		said("configmap/more created", out)
		said("configmap/more serverside-applied", c.Apply(t, strings.Replace(settings, "name: settings", "name: more", 1), "--server-side", "--force-conflicts"))
		said("configmap \"more\" deleted", c.Feed(t, both, "delete", "-f", "-"))
	})
}
