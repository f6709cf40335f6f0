// Package replicaset is the kind apps/v1 ReplicaSet.
package replicaset
