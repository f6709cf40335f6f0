package scale

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var ofReplicaSets = Subresource(Access[*appsv1.ReplicaSet]{
	Resource: appsv1.Resource("replicasets"),
	Wanted:   func(r *appsv1.ReplicaSet) **int32 { return &r.Spec.Replicas },
	Current:  func(r *appsv1.ReplicaSet) int32 { return r.Status.Replicas },
	Selector: func(r *appsv1.ReplicaSet) *metav1.LabelSelector { return r.Spec.Selector },
})

func parent() *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: "web", UID: "u", ResourceVersion: "5"},
		Spec:       appsv1.ReplicaSetSpec{Replicas: new(int32(3)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}},
		Status:     appsv1.ReplicaSetStatus{Replicas: 2},
	}
}

func TestView(t *testing.T) {
	view, err := ofReplicaSets.View(parent())
	if err != nil {
		t.Fatal(err)
	}
	s := view.(*autoscalingv1.Scale)
	if s.Spec.Replicas != 3 || s.Status.Replicas != 2 || s.Status.Selector != "a=b" || s.ResourceVersion != "5" || s.Kind != "Scale" {
		t.Errorf("got %+v", s)
	}
}

func TestMerge(t *testing.T) {
	scaled := func(n int32, change func(*autoscalingv1.Scale)) (*appsv1.ReplicaSet, error) {
		s := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: n}}
		change(s)
		p := parent()
		return p, ofReplicaSets.Merge(p, s)
	}
	p, err := scaled(7, func(*autoscalingv1.Scale) {})
	if err != nil || *p.Spec.Replicas != 7 {
		t.Errorf("%d, %v", *p.Spec.Replicas, err)
	}
	if _, err := scaled(7, func(s *autoscalingv1.Scale) { s.ResourceVersion = "4" }); !apierrors.IsConflict(err) {
		t.Errorf("made from another version: %v", err)
	}
	if _, err := scaled(7, func(s *autoscalingv1.Scale) { s.UID = "other" }); !apierrors.IsConflict(err) {
		t.Errorf("made from another object: %v", err)
	}
	if p, err := scaled(-1, func(*autoscalingv1.Scale) {}); !apierrors.IsInvalid(err) || *p.Spec.Replicas != 3 {
		t.Errorf("negative: %v", err)
	}
}
