package ephemeralvolume

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMissing(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n", UID: "u"}, Spec: corev1.PodSpec{Volumes: []corev1.Volume{
		{Name: "plain"},
		{Name: "data", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "v"}}}}},
	}}}
	var there *corev1.PersistentVolumeClaim
	get := func(name string) (*corev1.PersistentVolumeClaim, bool) {
		return there, there != nil && there.Name == name
	}
	list, taken := Missing(pod, get)
	if len(list) != 1 || len(taken) != 0 {
		t.Fatalf("got %v, %v", list, taken)
	}
	if c := list[0]; c.Name != "p-data" || c.Namespace != "n" || c.Labels["a"] != "b" || c.Spec.VolumeName != "v" || !metav1.IsControlledBy(c, pod) {
		t.Errorf("got %+v", c)
	}
	there = list[0]
	if list, taken = Missing(pod, get); len(list) != 0 || len(taken) != 0 {
		t.Errorf("it is there: %v, %v", list, taken)
	}
	there = &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "p-data", Namespace: "n"}}
	if list, taken = Missing(pod, get); len(list) != 0 || len(taken) != 1 {
		t.Errorf("it is another's: %v, %v", list, taken)
	}
	there, pod.Status.Phase = nil, corev1.PodSucceeded
	if list, _ = Missing(pod, get); len(list) != 0 {
		t.Errorf("the pod is over: %v", list)
	}
}
