// Package configmap is the kind v1 ConfigMap.
package configmap
