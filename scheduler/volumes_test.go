package scheduler_test

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/client"
)

// A pod that waits for its claim gets a node, its claim is told, and the pod is bound only when the claim has its volume. Where the
// volume cannot be made, the pod is tried again.
func TestVolumesComeBeforeThePod(t *testing.T) {
	w := run(t, func(w *world) { w.join(newNode("n1")) })
	ctx := context.Background()
	claims, volumes := client.PersistentVolumeClaims(w.cluster), client.PersistentVolumes(w.cluster)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.create(newPod("p", "1", func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}}}}
	}))
	w.refused("p", `0/1 nodes are available: persistentvolumeclaim "c" not found.`)

	_, err := client.StorageClasses(w.cluster).Create(ctx, &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "late"}, Provisioner: "x",
		VolumeBindingMode: new(storagev1.VolumeBindingWaitForFirstConsumer)})
	must(err)
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	_, err = claims.Create(ctx, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "default"}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: new("late"), AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, Resources: corev1.VolumeResourceRequirements{Requests: size}}})
	must(err)
	told := func(c *corev1.PersistentVolumeClaim) bool { return c.Annotations[storage.AnnSelectedNode] == "n1" }
	c := until(t, claims, "the claim to be told its node", told)

	// The provisioner gives up: the node is chosen anew.
	gone := c.DeepCopy()
	delete(gone.Annotations, storage.AnnSelectedNode)
	_, err = claims.Update(ctx, gone)
	must(err)
	c = until(t, claims, "the claim to be told its node again", told)
	if p, ok := w.pods.Get("default", "p"); !ok || p.Spec.NodeName != "" {
		t.Fatal("the pod was bound before its volume")
	}

	_, err = volumes.Create(ctx, &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "v"}, Spec: corev1.PersistentVolumeSpec{
		Capacity: size, AccessModes: c.Spec.AccessModes, StorageClassName: "late", PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}}})
	must(err)
	done := c.DeepCopy()
	done.Spec.VolumeName, done.Annotations[storage.AnnBindCompleted] = "v", "yes"
	_, err = claims.Update(ctx, done)
	must(err)
	if p := w.bound("p"); p.Spec.NodeName != "n1" {
		t.Errorf("bound to %q", p.Spec.NodeName)
	}
}
