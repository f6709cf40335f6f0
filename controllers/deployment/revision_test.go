package deployment

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

func TestCreatedSet(t *testing.T) {
	d := web(3, "1", "0", func(d *appsv1.Deployment) {
		d.Annotations = map[string]string{"kubernetes.io/change-cause": "why", revisionAnnotation: "9", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
	})
	step, err := Decide(See(d, []*appsv1.ReplicaSet{set("old", 4, 0, 0, 3, 4)}))
	if err != nil {
		t.Fatal(err)
	}
	rs := step.Create
	hash := rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	if hash == "" || rs.Name != "web-"+hash || rs.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != hash || rs.Spec.Selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] != hash {
		t.Errorf("the hash must be in the name, the labels, the template and the selector: %+v", rs)
	}
	if _, labelled := d.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; labelled {
		t.Error("the deployment was changed")
	}
	for key, want := range map[string]string{revisionAnnotation: "5", desiredAnnotation: "3", maxAnnotation: "4", "kubernetes.io/change-cause": "why", "kubectl.kubernetes.io/last-applied-configuration": ""} {
		if got := rs.Annotations[key]; got != want {
			t.Errorf("annotation %s is %q, want %q", key, got, want)
		}
	}
	if long := setName(strings.Repeat("x", 253), hash); len(long) != 253 || !strings.HasSuffix(long, hash) {
		t.Errorf("a long name came to %d letters: %s", len(long), long)
	}
}

func TestReturningTemplate(t *testing.T) {
	earlier := set("new", 1, 0, 0, 3, 4)
	earlier.Annotations[historyAnnotation] = "0"
	step, err := Decide(See(web(3, "1", "0"), []*appsv1.ReplicaSet{earlier, set("old", 2, 3, 3, 3, 4)}))
	if err != nil || step.Create != nil || len(step.Update) != 1 {
		t.Fatalf("want the old set of the same template to be used again: %+v, %v", step, err)
	}
	got := step.Update[0].To.Annotations
	if got[revisionAnnotation] != "3" || got[historyAnnotation] != "0,1" {
		t.Errorf("revision %s after %s, want 3 after 0,1", got[revisionAnnotation], got[historyAnnotation])
	}
}

func TestRemember(t *testing.T) {
	list := ""
	for i := range int64(2000) {
		list = remember(list, i)
	}
	if len(list) > historyLength || !strings.HasSuffix(list, ",1999") || strings.HasPrefix(list, "0,") {
		t.Errorf("%d bytes, from %.10s", len(list), list)
	}
}
