package provision

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/volume/sized"
)

// finalizer holds a volume's object until what it stands for is gone from the disk. (KEP-2644)
const finalizer = "argosy.dev/local-volume"

// Wanted tells whether a volume is to be made for the claim on the node; first tells that the node makes those for which any node will do.
func Wanted(c *corev1.PersistentVolumeClaim, node string, first bool) bool {
	if c.Spec.VolumeName != "" || c.DeletionTimestamp != nil || c.Annotations[storage.AnnStorageProvisioner] != Name {
		return false
	}
	at := c.Annotations[storage.AnnSelectedNode]
	return at == node || at == "" && first
}

// Ours tells whether the volume was made by this provisioner on the node.
func Ours(v *corev1.PersistentVolume, node string) bool {
	return v.Annotations[storage.AnnDynamicallyProvisioned] == Name && v.Spec.Local != nil && v.Spec.NodeAffinity != nil &&
		storage.CheckNodeAffinity(v, map[string]string{corev1.LabelHostname: node}) == nil
}

// nameFor is the name of the claim's volume.
func nameFor(c *corev1.PersistentVolumeClaim) string { return "pvc-" + string(c.UID) }

// specOf is what the claim asks for. An error says what of it cannot be had.
func specOf(c *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) (sized.Spec, error) {
	spec := sized.Spec{Block: c.Spec.VolumeMode != nil && *c.Spec.VolumeMode == corev1.PersistentVolumeBlock}
	for _, mode := range c.Spec.AccessModes {
		if mode != corev1.ReadWriteOnce && mode != corev1.ReadWriteOncePod {
			return spec, fmt.Errorf("a volume on one node's disk can be ReadWriteOnce or ReadWriteOncePod, not %s", mode)
		}
	}
	if c.Spec.DataSource != nil || c.Spec.DataSourceRef != nil {
		return spec, fmt.Errorf("volumes with a data source are not supported")
	}
	if c.Spec.Selector != nil {
		return spec, fmt.Errorf("claim Selector is not supported")
	}
	if name := c.Spec.VolumeAttributesClassName; name != nil && *name != "" {
		return spec, fmt.Errorf("volumes with a VolumeAttributesClass are not supported")
	}
	for key, value := range class.Parameters {
		switch key {
		case "fsType", "csi.storage.k8s.io/fstype":
			spec.Format = value
		default:
			return spec, fmt.Errorf("the storage class has an unknown parameter %q", key)
		}
	}
	size := c.Spec.Resources.Requests[corev1.ResourceStorage]
	if spec.Size = size.Value(); spec.Size <= 0 {
		return spec, fmt.Errorf("the claim asks for no storage")
	}
	return spec, nil
}

// object is the volume that was made for the claim.
func object(c *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, node, path string, size int64) *corev1.PersistentVolume {
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: nameFor(c), Annotations: map[string]string{storage.AnnDynamicallyProvisioned: Name}, Finalizers: []string{finalizer}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: *resource.NewQuantity(size, resource.BinarySI)},
			AccessModes:                   c.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			VolumeMode:                    c.Spec.VolumeMode,
			ClaimRef:                      &corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: c.Namespace, Name: c.Name, UID: c.UID},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}}}}}},
		},
	}
}

// Removal is what is to happen to a volume.
type Removal struct {
	// Disk: what is on the disk goes. Object: so does the object. Free: only the finalizer goes.
	Disk, Object, Free bool
}

// PlanRemoval decides about a volume. One that somebody may still use is left alone.
func PlanRemoval(v *corev1.PersistentVolume) Removal {
	held := slices.Contains(v.Finalizers, finalizer)
	deletes := v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	switch {
	case v.Status.Phase == corev1.VolumeReleased && deletes:
		return Removal{Disk: true, Object: true}
	case v.DeletionTimestamp == nil || !held || v.Status.Phase == corev1.VolumeBound:
		return Removal{}
	case deletes && v.Spec.ClaimRef == nil:
		return Removal{Disk: true, Object: true}
	case !deletes:
		return Removal{Free: true}
	}
	return Removal{}
}

// NewClass is the storage class that clusters have from their start: the default one.
func NewClass() *storagev1.StorageClass {
	return &storagev1.StorageClass{
		ObjectMeta:           metav1.ObjectMeta{Name: Class, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
		Provisioner:          Name,
		ReclaimPolicy:        new(corev1.PersistentVolumeReclaimDelete),
		VolumeBindingMode:    new(storagev1.VolumeBindingWaitForFirstConsumer),
		AllowVolumeExpansion: new(true),
	}
}
