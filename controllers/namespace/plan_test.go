package namespace

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// has is so many objects of a resource; those of names that begin with "-" are being deleted.
func has(group, resource string, names ...string) Content {
	c := Content{Resource: client.Info{Resource: schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}}}
	for _, name := range names {
		obj := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: strings.TrimPrefix(name, "-")}}
		if strings.HasPrefix(name, "-") {
			obj.DeletionTimestamp = &metav1.Time{Time: now}
			obj.Finalizers = []string{"example.com/held"}
		}
		c.Objects = append(c.Objects, obj)
	}
	return c
}

func TestDoomed(t *testing.T) {
	for _, c := range []struct {
		name     string
		contents []Content
		want     string
	}{
		{"nothing", nil, ""},
		{"pods before all else", []Content{has("apps", "deployments", "d"), has("", "pods", "p", "-q")}, "pods/p"},
		{"waiting for pods", []Content{has("apps", "deployments", "d"), has("", "pods", "-q")}, ""},
		{"then the rest", []Content{has("apps", "deployments", "d"), has("", "secrets", "s", "-t")}, "deployments/d secrets/s"},
		{"somebody else's pods are no pods", []Content{has("example.com", "pods", "p"), has("", "secrets", "s")}, "pods/p secrets/s"},
	} {
		var got []string
		for _, d := range Doomed(c.contents) {
			for _, obj := range d.Objects {
				got = append(got, d.Resource.Resource.Resource+"/"+obj.GetName())
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestReleased(t *testing.T) {
	ns := &corev1.Namespace{Spec: corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{"a/b", corev1.FinalizerKubernetes}}}
	left, ok := Released(ns)
	if !ok || len(left) != 1 || left[0] != "a/b" {
		t.Errorf("left %v, ours %v", left, ok)
	}
	ns.Spec.Finalizers = left
	if _, ok := Released(ns); ok {
		t.Error("ours is gone already")
	}
}

func TestConditions(t *testing.T) {
	left := []Content{has("", "pods", "-a", "-b"), has("apps", "deployments", "d")}
	first := Conditions(nil, Findings{Left: left, Failed: []error{errors.New("no right")}}, now)
	second := Conditions(first, Findings{Left: left[1:]}, now.Add(time.Minute))
	var got []string
	for _, c := range append(first, second...) {
		got = append(got, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	want := `NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered
NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed
NamespaceDeletionContentFailure=True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: no right
NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances
NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/held in 2 resource instances
NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered
NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed
NamespaceDeletionContentFailure=False ContentDeleted: All content successfully deleted, may be waiting on finalization
NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: deployments.apps has 1 resource instances
NamespaceFinalizersRemaining=False ContentHasNoFinalizers: All content-preserving finalizers finished`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if !second[0].LastTransitionTime.Equal(&first[0].LastTransitionTime) || second[2].LastTransitionTime.Equal(&first[2].LastTransitionTime) {
		t.Error("only what turned has a new time")
	}
}
