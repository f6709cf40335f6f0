// Package priorityclass is the kind scheduling.k8s.io/v1 PriorityClass, with the classes that every cluster has.
package priorityclass
