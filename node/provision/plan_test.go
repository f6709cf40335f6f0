package provision

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/yaml"

	"argosy.dev/volume/sized"
)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	obj := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), obj); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return obj
}

func TestWanted(t *testing.T) {
	const asked = "volume.kubernetes.io/storage-provisioner: argosy.dev/local"
	for _, c := range []struct {
		name, claim string
		first, want bool
	}{
		{"chosen", "{metadata: {annotations: {" + asked + ", volume.kubernetes.io/selected-node: one}}}", false, true},
		{"another node", "{metadata: {annotations: {" + asked + ", volume.kubernetes.io/selected-node: two}}}", true, false},
		{"any node", "{metadata: {annotations: {" + asked + "}}}", true, true},
		{"any other node", "{metadata: {annotations: {" + asked + "}}}", false, false},
		{"another's", "{metadata: {annotations: {volume.kubernetes.io/storage-provisioner: x, volume.kubernetes.io/selected-node: one}}}", true, false},
		{"it has one", "{metadata: {annotations: {" + asked + "}}, spec: {volumeName: v}}", true, false},
	} {
		if got := Wanted(read[corev1.PersistentVolumeClaim](t, c.claim), "one", c.first); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSpecOf(t *testing.T) {
	const gib = "resources: {requests: {storage: 1Gi}}"
	for _, c := range []struct {
		name, claim, class string
		want               sized.Spec
		fault              string
	}{
		{"plain", "{spec: {accessModes: [ReadWriteOnce], " + gib + "}}", "{}", sized.Spec{Size: 1 << 30}, ""},
		{"block", "{spec: {volumeMode: Block, " + gib + "}}", "{}", sized.Spec{Size: 1 << 30, Block: true}, ""},
		{"format", "{spec: {" + gib + "}}", "{parameters: {fsType: ext4}}", sized.Spec{Size: 1 << 30, Format: "ext4"}, ""},
		{"shared", "{spec: {accessModes: [ReadWriteMany], " + gib + "}}", "{}", sized.Spec{}, "not ReadWriteMany"},
		{"a copy", "{spec: {dataSource: {kind: PersistentVolumeClaim, name: x}, " + gib + "}}", "{}", sized.Spec{}, "data source"},
		{"parameters", "{spec: {" + gib + "}}", "{parameters: {speed: high}}", sized.Spec{}, `"speed"`},
		{"nothing", "{}", "{}", sized.Spec{}, "no storage"},
	} {
		got, err := specOf(read[corev1.PersistentVolumeClaim](t, c.claim), read[storagev1.StorageClass](t, c.class))
		switch {
		case c.fault == "" && (err != nil || got != c.want):
			t.Errorf("%s: %+v, %v", c.name, got, err)
		case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%s: %v, want %s", c.name, err, c.fault)
		}
	}
}

func TestObjectIsOurs(t *testing.T) {
	c := read[corev1.PersistentVolumeClaim](t, "{metadata: {name: c, namespace: d, uid: u-1}}")
	v := object(c, NewClass(), "n", "/data/pvc-u-1/fs", 1<<30)
	if v.Name != "pvc-u-1" || v.Spec.ClaimRef.UID != "u-1" || v.Spec.StorageClassName != Class || v.Spec.Capacity.Storage().String() != "1Gi" {
		t.Errorf("got %+v", v)
	}
	if !Ours(v, "n") || Ours(v, "m") {
		t.Error("a volume belongs to the node that made it, and to no other")
	}
}

func TestPlanRemoval(t *testing.T) {
	const held, going = "finalizers: [argosy.dev/local-volume]", "deletionTimestamp: 2026-01-01T00:00:00Z"
	for _, c := range []struct {
		name, volume string
		want         Removal
	}{
		{"bound", "{metadata: {" + held + ", " + going + "}, spec: {persistentVolumeReclaimPolicy: Delete}, status: {phase: Bound}}", Removal{}},
		{"its claim is gone", "{metadata: {" + held + "}, spec: {persistentVolumeReclaimPolicy: Delete}, status: {phase: Released}}", Removal{Disk: true, Object: true}},
		{"kept", "{metadata: {" + held + "}, spec: {persistentVolumeReclaimPolicy: Retain}, status: {phase: Released}}", Removal{}},
		{"kept, and its object deleted", "{metadata: {" + held + ", " + going + "}, spec: {persistentVolumeReclaimPolicy: Retain}, status: {phase: Released}}", Removal{Free: true}},
		{"never used, and deleted", "{metadata: {" + held + ", " + going + "}, spec: {persistentVolumeReclaimPolicy: Delete}, status: {phase: Available}}", Removal{Disk: true, Object: true}},
		{"let go already", "{metadata: {" + going + "}, spec: {persistentVolumeReclaimPolicy: Retain}, status: {phase: Released}}", Removal{}},
	} {
		if got := PlanRemoval(read[corev1.PersistentVolume](t, c.volume)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
