// Package ephemeralvolume makes the claims of generic ephemeral volumes: claims that live as long as their pod. (KEP-1698)
//
// Reads: Pods, PersistentVolumeClaims. Writes: it creates PersistentVolumeClaims, owned by their pods; the garbage collector deletes
// them. Reports: events on pods whose claims cannot be made.
//
// plan.go decides which claims are missing; controller.go makes them.
package ephemeralvolume
