// Package podconfig translates a pod into what a CRI runtime is told: the sandbox's configuration and each container's. It is
// pure: everything that had to be looked up (variables, volumes, the image) is handed in. It must never call a runtime.
package podconfig
