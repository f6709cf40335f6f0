package storageprotection

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func pod(name, node string, phase corev1.PodPhase, volumes ...corev1.VolumeSource) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{NodeName: node}, Status: corev1.PodStatus{Phase: phase}}
	for _, v := range volumes {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "v", VolumeSource: v})
	}
	return p
}

func TestClaimInUse(t *testing.T) {
	uses := func(name string) corev1.VolumeSource {
		return corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}
	}
	for _, c := range []struct {
		name, claim string
		pod         *corev1.Pod
		want        bool
	}{
		{"a running pod", "a", pod("p", "n", corev1.PodRunning, uses("a")), true},
		{"another's", "a", pod("p", "n", corev1.PodRunning, uses("b")), false},
		{"a pod without a node", "a", pod("p", "", corev1.PodPending, uses("a")), false},
		{"a finished pod", "a", pod("p", "n", corev1.PodSucceeded, uses("a")), false},
		{"an ephemeral volume", "p-v", pod("p", "n", corev1.PodRunning, corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}), true},
	} {
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: c.claim}}
		if got := ClaimInUse(claim, []*corev1.Pod{c.pod}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestClassInUse(t *testing.T) {
	claim := &corev1.PersistentVolumeClaim{Status: corev1.PersistentVolumeClaimStatus{CurrentVolumeAttributesClassName: ptr.To("gold")}}
	volume := &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{VolumeAttributesClassName: ptr.To("silver")}}
	for name, want := range map[string]bool{"gold": true, "silver": true, "bronze": false} {
		if got := ClassInUse(name, []*corev1.PersistentVolumeClaim{claim}, []*corev1.PersistentVolume{volume}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
