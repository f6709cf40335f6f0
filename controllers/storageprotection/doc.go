// Package storageprotection lets go of storage objects that are being deleted, once nobody uses them any more.
//
// New claims, volumes and classes of volume attributes carry a finalizer (admission/storageprotection). A claim in use by a
// pod, a volume that is bound, a class that a claim or volume names, stays until that is over, however often it was deleted.
//
// Reads: PersistentVolumeClaims, PersistentVolumes, VolumeAttributesClasses, Pods. Writes: the finalizers of the first three.
// Reports: nothing.
//
// plan.go decides who is in use, from what there is; reconcile.go loads, asks, and takes the finalizer away.
package storageprotection
