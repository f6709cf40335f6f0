// Package volumeattributesclass is the kind storage.k8s.io/v1 VolumeAttributesClass.
package volumeattributesclass
