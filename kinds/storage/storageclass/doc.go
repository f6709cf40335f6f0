// Package storageclass is the kind storage.k8s.io/v1 StorageClass.
package storageclass
