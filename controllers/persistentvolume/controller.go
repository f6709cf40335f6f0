package persistentvolume

import (
	"context"
	"log/slog"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller in logs, and of the source of its events.
const (
	Name      = "persistentvolume-binder-controller"
	Component = "persistentvolume-controller"
)

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"persistentvolumeclaims", "persistentvolumes", "storage.k8s.io/storageclasses", "pods"}
	Writes = []string{"persistentvolumeclaims", "persistentvolumeclaims/status", "persistentvolumes", "persistentvolumes/status", "pods", "events"}
)

type controller struct {
	claims  client.Resource[*corev1.PersistentVolumeClaim]
	volumes client.Resource[*corev1.PersistentVolume]
	classes client.Resource[*storagev1.StorageClass]
	pods    client.Resource[*corev1.Pod]
	events  *record.Recorder
}

// New makes the controller. A key is a claim where it has a namespace, else a volume.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{claims: client.PersistentVolumeClaims(c), volumes: client.PersistentVolumes(c), classes: client.StorageClasses(c), pods: client.Pods(c), events: events}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.claims, ofClaim),
			loop.Objects(r.volumes, r.ofVolume),
			r.followClasses,
			loop.Objects(r.pods, ofScrubber),
		},
		Reconcile: r.reconcile,
		// One at a time: two claims that look at once would choose the same volume, and one of them would have to look again.
		Workers: 1,
		Log:     log,
	}
}

// ofClaim is the claim and the volume that it names.
func ofClaim(c *corev1.PersistentVolumeClaim) []loop.Key {
	keys := loop.Self(c)
	if c.Spec.VolumeName != "" {
		keys = append(keys, loop.Key{Name: c.Spec.VolumeName})
	}
	return keys
}

// ofVolume is the volume, and the claim that it names or, where it names none, those that may want it.
func (r *controller) ofVolume(v *corev1.PersistentVolume) []loop.Key {
	keys := loop.Self(v)
	if ref := v.Spec.ClaimRef; ref != nil {
		return append(keys, loop.Key{Namespace: ref.Namespace, Name: ref.Name})
	}
	class := storage.GetPersistentVolumeClass(v)
	for _, c := range r.claims.List("") {
		if !bound(c) && (c.Spec.VolumeName == v.Name || storage.GetPersistentVolumeClaimClass(c) == class) {
			keys = append(keys, loop.Key{Namespace: c.Namespace, Name: c.Name})
		}
	}
	return keys
}

// followClasses looks at the claims that wait for the class that came, or for any.
func (r *controller) followClasses(ctx context.Context, enqueue func(loop.Key)) error {
	return r.classes.Follow(ctx, func(_, class *storagev1.StorageClass) {
		if class == nil {
			return
		}
		for _, c := range r.claims.List("") {
			if name := storage.GetPersistentVolumeClaimClass(c); !bound(c) && (name == "" || name == class.Name) {
				enqueue(loop.Key{Namespace: c.Namespace, Name: c.Name})
			}
		}
	})
}
