// Package provision is the built-in dynamic provisioner: it makes volumes on this node for claims that ask for them, lets them grow, and
// takes them away.
//
// Reads: PersistentVolumeClaims, PersistentVolumes, StorageClasses, Nodes. Writes: PersistentVolumes of the class's provisioner [Name], the
// status of their claims. Reports: events on both, as external provisioners and resizers name them.
//
// A volume is named after its claim's uid, so that a try that was cut short is finished by the next: first the volume is made on the disk, then
// its object, which names the claim. A volume goes in the opposite order: the disk first, then the finalizer that holds the object.
//
// plan.go decides; make.go, grow.go and remove.go act. The disk is behind [Store].
package provision
