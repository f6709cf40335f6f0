// Package persistentvolume binds claims and volumes to each other, asks provisioners for volumes that are missing, and does with
// volumes whose claims are gone what their reclaim policy says.
//
// Reads: PersistentVolumeClaims, PersistentVolumes, StorageClasses, Pods. Writes: the binding on both sides, phases, the annotations by
// which provisioners are asked, the class that a claim gets after there is a default one; pods that scrub volumes. Reports: events on claims and volumes.
//
// A binding is four writes, each of which may be the last before a crash: the volume names its claim, the volume's phase, the claim
// names its volume, the claim's phase. The first decides; whoever looks next makes the others good.
//
// claim.go and volume.go decide, from what there is; reconcile.go and bind.go act; recycle.go scrubs.
package persistentvolume
