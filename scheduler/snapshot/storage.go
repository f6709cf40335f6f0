package snapshot

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Storage is what pods may claim. Readers must not change it.
type Storage struct {
	// Claims are by "namespace/name", the others by name.
	Claims  map[string]*corev1.PersistentVolumeClaim
	Volumes map[string]*corev1.PersistentVolume
	Classes map[string]*storagev1.StorageClass
	// Promised are volumes that a pod's claim is about to get, and the claims; the volumes do not say so yet.
	Promised map[string]string
}

func newStorage() Storage {
	return Storage{Claims: map[string]*corev1.PersistentVolumeClaim{}, Volumes: map[string]*corev1.PersistentVolume{},
		Classes: map[string]*storagev1.StorageClass{}, Promised: map[string]string{}}
}

// SetClaim takes in a claim as it now is, under its key; nil for one that is gone.
func (s *Snapshot) SetClaim(key string, now *corev1.PersistentVolumeClaim) {
	set(s, s.Claims, key, now)
}

// SetVolume takes in a volume; nil for one that is gone. One that names its claim needs no promise any more.
func (s *Snapshot) SetVolume(name string, now *corev1.PersistentVolume) {
	if now == nil || now.Spec.ClaimRef != nil {
		delete(s.Promised, name)
	}
	set(s, s.Volumes, name, now)
}

// SetClass takes in a storage class; nil for one that is gone.
func (s *Snapshot) SetClass(name string, now *storagev1.StorageClass) { set(s, s.Classes, name, now) }

func set[T any](s *Snapshot, of map[string]*T, key string, now *T) {
	if now == nil {
		delete(of, key)
	} else {
		of[key] = now
	}
	s.changes++
	s.gains++
}

// Promise keeps a volume for a claim.
func (s *Snapshot) Promise(volume, claim string) {
	s.Promised[volume] = claim
	s.changes++
}

// Unpromise lets the volumes go that were kept for a claim.
func (s *Snapshot) Unpromise(claim string) {
	for volume, of := range s.Promised {
		if of == claim {
			delete(s.Promised, volume)
			s.changes++
			s.gains++
		}
	}
}
