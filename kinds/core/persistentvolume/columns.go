package persistentvolume

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := corev1.PersistentVolumeSpec{}.SwaggerDoc(), corev1.PersistentVolumeStatus{}.SwaggerDoc()
	text := func(name, description string, priority int32, of func(*corev1.PersistentVolume) string) kinds.Column {
		return kinds.Column{Name: name, Type: "string", Priority: priority, Description: description, Value: table.Cell(func(v *corev1.PersistentVolume) any { return of(v) })}
	}
	return []kinds.Column{
		table.Name(),
		text("Capacity", spec["capacity"], 0, func(v *corev1.PersistentVolume) string {
			q := v.Spec.Capacity[corev1.ResourceStorage]
			return q.String()
		}),
		text("Access Modes", spec["accessModes"], 0, func(v *corev1.PersistentVolume) string { return table.AccessModes(v.Spec.AccessModes) }),
		text("Reclaim Policy", spec["persistentVolumeReclaimPolicy"], 0, func(v *corev1.PersistentVolume) string { return string(v.Spec.PersistentVolumeReclaimPolicy) }),
		text("Status", status["phase"], 0, phase),
		text("Claim", spec["claimRef"], 0, claimed),
		text("StorageClass", "StorageClass of the pv", 0, class),
		text("VolumeAttributesClass", "VolumeAttributesClass of the pv", 0, func(v *corev1.PersistentVolume) string { return table.OrUnset(v.Spec.VolumeAttributesClassName) }),
		text("Reason", status["reason"], 0, func(v *corev1.PersistentVolume) string { return v.Status.Reason }),
		table.Age(),
		text("VolumeMode", spec["volumeMode"], 1, func(v *corev1.PersistentVolume) string { return table.OrUnset(v.Spec.VolumeMode) }),
	}
}

func phase(v *corev1.PersistentVolume) string {
	if v.DeletionTimestamp != nil {
		return "Terminating"
	}
	return string(v.Status.Phase)
}

func claimed(v *corev1.PersistentVolume) string {
	if v.Spec.ClaimRef == nil {
		return ""
	}
	return v.Spec.ClaimRef.Namespace + "/" + v.Spec.ClaimRef.Name
}

// The class was an annotation before it was a field.
func class(v *corev1.PersistentVolume) string {
	if name, ok := v.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		return name
	}
	return v.Spec.StorageClassName
}
