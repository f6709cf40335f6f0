// Package persistentvolume is the kind v1 PersistentVolume.
package persistentvolume
