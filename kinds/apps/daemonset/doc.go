// Package daemonset is the kind apps/v1 DaemonSet.
package daemonset
