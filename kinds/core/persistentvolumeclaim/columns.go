package persistentvolumeclaim

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := corev1.PersistentVolumeClaimSpec{}.SwaggerDoc(), corev1.PersistentVolumeClaimStatus{}.SwaggerDoc()
	text := func(name, description string, priority int32, of func(*corev1.PersistentVolumeClaim) string) kinds.Column {
		return kinds.Column{Name: name, Type: "string", Priority: priority, Description: description, Value: table.Cell(func(c *corev1.PersistentVolumeClaim) any { return of(c) })}
	}
	return []kinds.Column{
		table.Name(),
		text("Status", status["phase"], 0, phase),
		text("Volume", spec["volumeName"], 0, func(c *corev1.PersistentVolumeClaim) string { return c.Spec.VolumeName }),
		text("Capacity", status["capacity"], 0, capacity),
		text("Access Modes", status["accessModes"], 0, accessModes),
		text("StorageClass", "StorageClass of the pvc", 0, class),
		text("VolumeAttributesClass", "VolumeAttributesClass of the pvc", 0, func(c *corev1.PersistentVolumeClaim) string { return table.OrUnset(c.Spec.VolumeAttributesClassName) }),
		table.Age(),
		text("VolumeMode", spec["volumeMode"], 1, func(c *corev1.PersistentVolumeClaim) string { return table.OrUnset(c.Spec.VolumeMode) }),
	}
}

func phase(c *corev1.PersistentVolumeClaim) string {
	if c.DeletionTimestamp != nil {
		return "Terminating"
	}
	return string(c.Status.Phase)
}

// What a claim has is known once it has its volume.
func capacity(c *corev1.PersistentVolumeClaim) string {
	if c.Spec.VolumeName == "" {
		return ""
	}
	q := c.Status.Capacity[corev1.ResourceStorage]
	return q.String()
}

func accessModes(c *corev1.PersistentVolumeClaim) string {
	if c.Spec.VolumeName == "" {
		return ""
	}
	return table.AccessModes(c.Status.AccessModes)
}

// The class was an annotation before it was a field.
func class(c *corev1.PersistentVolumeClaim) string {
	if name, ok := c.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		return name
	}
	if c.Spec.StorageClassName == nil {
		return ""
	}
	return *c.Spec.StorageClassName
}
