// Package statefulset is the kind apps/v1 StatefulSet.
package statefulset
