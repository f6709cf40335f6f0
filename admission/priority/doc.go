// Package priority turns a pod's priorityClassName into its priority and preemption policy, and keeps the classes in order.
package priority
