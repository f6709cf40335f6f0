// Package persistentvolumeclaim is the kind v1 PersistentVolumeClaim.
package persistentvolumeclaim
