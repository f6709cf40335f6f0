package persistentvolume

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	obj := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), obj); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return obj
}

func claim(t *testing.T, text string) *corev1.PersistentVolumeClaim {
	c := read[corev1.PersistentVolumeClaim](t, text)
	c.Name, c.Namespace, c.UID = "c", "default", "c-1"
	if len(c.Spec.AccessModes) == 0 {
		c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return c
}

func volume(t *testing.T, name, text string) *corev1.PersistentVolume {
	v := read[corev1.PersistentVolume](t, text)
	v.Name, v.UID = name, types.UID(name)
	if len(v.Spec.AccessModes) == 0 {
		v.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	if v.Status.Phase == "" {
		v.Status.Phase = corev1.VolumeAvailable
	}
	return v
}

func world(t *testing.T, fallback string, volumes ...*corev1.PersistentVolume) World {
	classes := map[string]*storagev1.StorageClass{
		"late": read[storagev1.StorageClass](t, "{provisioner: x, volumeBindingMode: WaitForFirstConsumer}"),
		"now":  read[storagev1.StorageClass](t, "{provisioner: x, volumeBindingMode: Immediate}"),
		"hand": read[storagev1.StorageClass](t, "{provisioner: kubernetes.io/no-provisioner, volumeBindingMode: Immediate}"),
	}
	return World{Volumes: volumes, Default: fallback,
		Volume: func(name string) (*corev1.PersistentVolume, bool) {
			for _, v := range volumes {
				if v.Name == name {
					return v, true
				}
			}
			return nil, false
		},
		Class: func(name string) (*storagev1.StorageClass, bool) { c, ok := classes[name]; return c, ok },
	}
}

func say(s ClaimStep) string {
	var words []string
	if s.Bind != nil {
		words = append(words, "bind "+s.Bind.Name)
	}
	if s.Adopt != "" {
		words = append(words, "adopt "+s.Adopt)
	}
	if s.Ask != "" {
		words = append(words, "ask "+s.Ask)
	}
	if s.Phase != "" {
		words = append(words, string(s.Phase))
	}
	if s.Event != nil {
		words = append(words, s.Event.Reason)
	}
	return strings.Join(words, ", ")
}

func TestPlanClaim(t *testing.T) {
	gib := func(n, more string) string { return "{spec: {capacity: {storage: " + n + "Gi}" + more + "}}" }
	const one, mark = "resources: {requests: {storage: 1Gi}}", "metadata: {annotations: {pv.kubernetes.io/bind-completed: \"yes\"}}"
	all := world(t, "",
		volume(t, "large", gib("5", "")), volume(t, "small", gib("2", "")), volume(t, "tiny", gib("0.5", "")),
		volume(t, "taken", gib("1", ", claimRef: {namespace: default, name: other, uid: o-1}")),
		volume(t, "many", gib("1", ", accessModes: [ReadOnlyMany]")),
		volume(t, "block", gib("1", ", volumeMode: Block")),
		volume(t, "gold", "{metadata: {labels: {tier: gold}}, spec: {capacity: {storage: 9Gi}}}"),
		volume(t, "classy", gib("1", ", storageClassName: now")),
		volume(t, "latecomer", gib("1", ", storageClassName: late")))
	mine := volume(t, "mine", gib("3", ", claimRef: {namespace: default, name: c}"))
	old := volume(t, "old", gib("1", ", claimRef: {namespace: default, name: c, uid: c-0}"))
	for _, c := range []struct {
		name, claim string
		world       World
		want        string
	}{
		{"the smallest that is large enough", "{spec: {" + one + "}}", all, "bind small"},
		{"what is meant for it comes first", "{spec: {" + one + "}}", world(t, "", append(all.Volumes, mine)...), "bind mine"},
		{"what a former claim of the name had is not its own", "{spec: {" + one + "}}", world(t, "", old), "Pending, FailedBinding"},
		{"access modes", "{spec: {accessModes: [ReadOnlyMany], " + one + "}}", all, "bind many"},
		{"mode", "{spec: {volumeMode: Block, " + one + "}}", all, "bind block"},
		{"selector", "{spec: {selector: {matchLabels: {tier: gold}}, " + one + "}}", all, "bind gold"},
		{"class", "{spec: {storageClassName: now, " + one + "}}", all, "bind classy"},
		{"nothing large enough", "{spec: {resources: {requests: {storage: 20Gi}}}}", all, "Pending, FailedBinding"},
		{"nothing, but a default class", "{spec: {resources: {requests: {storage: 20Gi}}}}", world(t, "now"), "adopt now"},
		{"no class wanted", "{spec: {storageClassName: \"\", " + one + "}}", world(t, "now"), "Pending, FailedBinding"},
		{"provisioned", "{spec: {storageClassName: now, " + one + "}}", world(t, ""), "ask x, Pending, ExternalProvisioning"},
		{"asked already", "{metadata: {annotations: {volume.kubernetes.io/storage-provisioner: x}}, spec: {storageClassName: now, " + one + "}}", world(t, ""), "Pending, ExternalProvisioning"},
		{"by hand", "{spec: {storageClassName: hand, " + one + "}}", world(t, ""), "Pending, FailedBinding"},
		{"no such class", "{spec: {storageClassName: none, " + one + "}}", world(t, ""), "Pending, ProvisioningFailed"},
		{"not before its pod", "{spec: {storageClassName: late, " + one + "}}", all, "Pending, WaitForFirstConsumer"},
		{"its pod has a node", "{metadata: {annotations: {volume.kubernetes.io/selected-node: n}}, spec: {storageClassName: late, resources: {requests: {storage: 2Gi}}}}", all, "ask x, Pending, ExternalProvisioning"},
		{"by name", "{spec: {volumeName: large, " + one + "}}", all, "bind large"},
		{"by name, not there yet", "{spec: {volumeName: none, " + one + "}}", all, "Pending"},
		{"by name, taken", "{spec: {volumeName: taken, " + one + "}}", all, "Pending, FailedBinding"},
		{"by name, too small", "{spec: {volumeName: tiny, " + one + "}}", all, "Pending, VolumeMismatch"},
		{"by name, of a class", "{spec: {volumeName: classy, " + one + "}}", all, "Pending, VolumeMismatch"},
		{"bound", "{" + mark + ", spec: {volumeName: large}}", all, "bind large"},
		{"bound, and lost", "{" + mark + ", spec: {volumeName: none}}", all, "Lost, ClaimLost"},
		{"bound, lost and told", "{" + mark + ", spec: {volumeName: none}, status: {phase: Lost}}", all, ""},
		{"bound, to another's", "{" + mark + ", spec: {volumeName: taken}}", all, "Lost, ClaimMisbound"},
		{"bound, forgotten", "{" + mark + "}", all, "Lost, ClaimLost"},
	} {
		if got := say(PlanClaim(claim(t, c.claim), c.world)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPlanVolume(t *testing.T) {
	const ref = "claimRef: {namespace: default, name: c, uid: c-1}"
	for _, c := range []struct {
		name, volume, claim string
		want                VolumeStep
	}{
		{"free", "{}", "", VolumeStep{Phase: corev1.VolumeAvailable}},
		{"meant for a claim", "{spec: {claimRef: {namespace: default, name: c}}}", "", VolumeStep{Phase: corev1.VolumeAvailable}},
		{"being bound", "{spec: {" + ref + "}}", "{}", VolumeStep{}},
		{"bound", "{spec: {" + ref + "}}", "{spec: {volumeName: v}}", VolumeStep{Phase: corev1.VolumeBound}},
		{"the claim chose another", "{spec: {" + ref + "}}", "{spec: {volumeName: w}}", VolumeStep{Unbind: true}},
		{"kept", "{spec: {persistentVolumeReclaimPolicy: Retain, " + ref + "}}", "", VolumeStep{Phase: corev1.VolumeReleased}},
		{"its provisioner deletes it", "{metadata: {annotations: {pv.kubernetes.io/provisioned-by: x}}, spec: {persistentVolumeReclaimPolicy: Delete, " + ref + "}}", "", VolumeStep{Phase: corev1.VolumeReleased}},
		{"scrubbed", "{spec: {hostPath: {path: /x}, persistentVolumeReclaimPolicy: Recycle, " + ref + "}}", "", VolumeStep{Phase: corev1.VolumeReleased, Recycle: true}},
		{"failed before", "{spec: {persistentVolumeReclaimPolicy: Delete, " + ref + "}, status: {phase: Failed}}", "", VolumeStep{}},
	} {
		var of *corev1.PersistentVolumeClaim
		if c.claim != "" {
			of = claim(t, c.claim)
		}
		if got := PlanVolume(volume(t, "v", c.volume), of); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := PlanVolume(volume(t, "v", "{spec: {persistentVolumeReclaimPolicy: Delete, "+ref+"}}"), nil); got.Phase != corev1.VolumeFailed || got.Event == nil {
		t.Errorf("nobody can delete it: %+v", got)
	}
}
