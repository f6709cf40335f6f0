// Package pod is the kind v1 Pod. What pods share with the templates of workloads is in kinds/core/podtemplate.
//
// The subresources log, exec, attach, portforward and proxy are streams from the pod's node, which the app wires.
package pod
