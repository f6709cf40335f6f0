// Package volumeattachment is the kind storage.k8s.io/v1 VolumeAttachment.
package volumeattachment
