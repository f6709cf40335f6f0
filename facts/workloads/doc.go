// Package workloads answers questions about what keeps pods running: which template a pod came from, and how many
// pods may be missing or too many while one template replaces another. All functions are pure.
package workloads
