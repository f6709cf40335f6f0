package storageprotection

import (
	"log/slog"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in events and logs.
const Name = "storage-protection-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"persistentvolumeclaims", "persistentvolumes", "storage.k8s.io/volumeattributesclasses", "pods"}
	Writes = []string{"persistentvolumeclaims", "persistentvolumes", "storage.k8s.io/volumeattributesclasses"}
)

type controller struct {
	claims  client.Resource[*corev1.PersistentVolumeClaim]
	volumes client.Resource[*corev1.PersistentVolume]
	classes client.Resource[*storagev1.VolumeAttributesClass]
	pods    client.Resource[*corev1.Pod]
}

// New makes the controller. A key is a claim where it has a namespace, else a volume or a class of that name.
func New(c client.Cluster, log *slog.Logger) *loop.Controller {
	r := &controller{claims: client.PersistentVolumeClaims(c), volumes: client.PersistentVolumes(c), classes: client.VolumeAttributesClasses(c), pods: client.Pods(c)}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.claims, r.ofClaim),
			loop.Objects(r.volumes, r.ofVolume),
			loop.Objects(r.classes, loop.Self[*storagev1.VolumeAttributesClass]),
			loop.Objects(r.pods, ofPod),
		},
		Reconcile: r.reconcile,
		Workers:   2,
		Log:       log,
	}
}

// ofPod are the claims that a pod uses.
func ofPod(p *corev1.Pod) []loop.Key {
	var keys []loop.Key
	for _, name := range claims(p) {
		keys = append(keys, loop.Key{Namespace: p.Namespace, Name: name})
	}
	return keys
}

func (r *controller) ofClaim(c *corev1.PersistentVolumeClaim) []loop.Key {
	keys := loop.Self(c)
	for _, class := range []*string{c.Spec.VolumeAttributesClassName, c.Status.CurrentVolumeAttributesClassName} {
		if class != nil {
			keys = append(keys, loop.Key{Name: *class})
		}
	}
	return keys
}

func (r *controller) ofVolume(v *corev1.PersistentVolume) []loop.Key {
	keys := loop.Self(v)
	if class := v.Spec.VolumeAttributesClassName; class != nil {
		keys = append(keys, loop.Key{Name: *class})
	}
	return keys
}
