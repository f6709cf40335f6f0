// Package controllerrevision is the kind apps/v1 ControllerRevision: a snapshot of a controller's state that never changes.
package controllerrevision
