package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/test/e2e/cluster"
)

// otherResources may be served though upstream does not, or the other way round.
var otherResources = map[string]string{
	"metrics.k8s.io/v1beta1 nodes": "upstream has it from an add-on, here it is built in",
	"metrics.k8s.io/v1beta1 pods":  "upstream has it from an add-on, here it is built in",
}

// "kubectl api-resources -o wide" says what it says of Kubernetes v1.36: the file is what its discovery answered.
func TestResourcesAreUpstreams(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	var recorded []struct {
		metav1.APIResource
		Preferred bool `json:"preferredVersion"`
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join("..", "..", "server", "testdata", "upstream-resources.json"))), &recorded); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, r := range recorded {
		if r.Preferred && !strings.Contains(r.Name, "/") {
			gv := schema.GroupVersion{Group: r.Group, Version: r.Version}
			slices.Sort(r.Verbs)
			want[gv.String()+" "+r.Name] = fmt.Sprintf("%s %s %v %s %s %s", r.Name, strings.Join(r.ShortNames, ","), r.Namespaced, r.Kind, strings.Join(r.Verbs, ","), strings.Join(r.Categories, ","))
		}
	}
	if len(want) < 60 {
		t.Fatalf("only %d resources are recorded", len(want))
	}
	got := wideResources(t, c.Kubectl(t, "api-resources", "-o", "wide"))
	for name := range want {
		if got[name] == "" && otherResources[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	for name, line := range got {
		switch {
		case want[name] == "" && otherResources[name] == "":
			t.Errorf("%s is not upstream's", name)
		case want[name] != "" && line != want[name]:
			t.Errorf("%s:\n%s\nupstream's:\n%s", name, line, want[name])
		}
	}

	// Both versions of a group that has two, and what kubectl asks for otherwise.
	contains(t, "api-versions", c.Kubectl(t, "api-versions"), "autoscaling/v1\n", "autoscaling/v2\n", "events.k8s.io/v1\n", "\nv1\n")
	verbs := c.Kubectl(t, "api-resources", "--verbs=list,watch", "--namespaced=false", "-o", "name")
	contains(t, "resources that can be listed", verbs, "nodes\n", "namespaces\n", "clusterroles.rbac.authorization.k8s.io\n")
	if strings.Contains(verbs, "reviews") || strings.Contains(verbs, "pods\n") {
		t.Errorf("resources that cannot be listed, or are in namespaces:\n%s", verbs)
	}
	if lines := strings.Fields(c.Kubectl(t, "api-resources", "--categories=all", "-o", "name")); len(lines) < 9 {
		t.Errorf("the category all has %v", lines)
	}
}

// wideResources reads kubectl's table by the places of its headings, for fields may be empty.
func wideResources(t *testing.T, table string) map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	var at []int
	for _, heading := range []string{"NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"} {
		i := strings.Index(lines[0], heading)
		if i < 0 {
			t.Fatalf("no column %s in %s", heading, lines[0])
		}
		at = append(at, i)
	}
	got := map[string]string{}
	for _, line := range lines[1:] {
		var cells []string
		for i, from := range at {
			to := len(line)
			if i+1 < len(at) {
				to = min(to, at[i+1])
			}
			cells = append(cells, strings.TrimSpace(line[min(from, len(line)):to]))
		}
		got[cells[2]+" "+cells[0]] = strings.Join(slices.Concat(cells[:2], cells[3:]), " ")
	}
	return got
}
