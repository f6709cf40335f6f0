// Package replicationcontroller is the kind v1 ReplicationController.
package replicationcontroller
