package owners

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestController(t *testing.T) {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "rs", UID: "u"}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{UID: "other"}}}}
	if _, ok := Controller(pod); ok {
		t.Error("an owner that does not manage is no controller")
	}
	pod.OwnerReferences = append(pod.OwnerReferences, Managing(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet")))
	if ref, ok := Controller(pod); !ok || ref.Name != "rs" || ref.Kind != "ReplicaSet" {
		t.Errorf("got %v", ref)
	}
	if !ControlledBy(pod, "u") || ControlledBy(pod, "other") {
		t.Error("the replica set alone manages the pod")
	}
}
