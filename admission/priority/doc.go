// Package priority turns a pod's priorityClassName into its priority and preemption policy.
package priority
