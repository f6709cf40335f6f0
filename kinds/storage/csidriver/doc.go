// Package csidriver is the kind storage.k8s.io/v1 CSIDriver.
package csidriver
