// Package csistoragecapacity is the kind storage.k8s.io/v1 CSIStorageCapacity.
package csistoragecapacity
