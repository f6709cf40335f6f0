package server_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/server"
)

// What "kubectl api-resources -o wide" shows of a resource is what it shows of Kubernetes v1.36, subresources included. The file is what
// its discovery answers; what is not served here yet is listed in the log.
func TestResourcesAreUpstreams(t *testing.T) {
	s := whole(t, server.Options{})
	raw, err := os.ReadFile("testdata/upstream-resources.json")
	if err != nil {
		t.Fatal(err)
	}
	var upstream []metav1.APIResource
	if err := json.Unmarshal(raw, &upstream); err != nil {
		t.Fatal(err)
	}
	known := map[string]metav1.APIResource{}
	versions := map[schema.GroupVersion]bool{}
	for _, r := range upstream {
		gv := schema.GroupVersion{Group: r.Group, Version: r.Version}
		versions[gv] = true
		known[gv.String()+" "+r.Name] = r
	}
	served := map[string]bool{}
	for gv := range versions {
		path := "/apis/" + gv.String()
		if gv.Group == "" {
			path = "/api/" + gv.Version
		}
		w := ask(s, "GET", path, "")
		if w.Code == 404 {
			continue
		}
		var list metav1.APIResourceList
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %v", path, w.Code, err)
		}
		for _, got := range list.APIResources {
			name := gv.String() + " " + got.Name
			want, ok := known[name]
			if !ok {
				t.Errorf("%s is not upstream's", name)
				continue
			}
			served[name] = true
			// The file has the group and version of the list; an answer has those of the body, where they are others.
			got.Group, got.Version, got.StorageVersionHash = want.Group, want.Version, ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-upstream +argosy):\n%s", name, diff)
			}
		}
	}
	var missing []string
	for name := range known {
		if !served[name] {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	t.Logf("%d of %d are served; not yet: %q", len(served), len(known), missing)
}
