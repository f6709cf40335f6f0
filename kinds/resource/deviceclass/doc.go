// Package deviceclass is the kind resource.k8s.io/v1 DeviceClass.
package deviceclass
