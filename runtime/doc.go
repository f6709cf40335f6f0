// Package runtime is the embedded container runtime: an implementation of the Container Runtime Interface
// ([internalapi.RuntimeService] of k8s.io/cri-api) as Go calls in the agent's process.
//
// Pod sandboxes, containers and requests flow in as the CRI has them; processes in namespaces and cgroups of their own
// come out of it. A sandbox is a supervisor process in fresh network, IPC and host name namespaces, of which the network
// one is pinned by a bind mount: there is no pause container. The supervisor outlives the agent; a new agent on the same
// directories finds every supervisor and goes on with the containers as they are.
//
// Root file systems come from [Images], addresses from [Network], both given by who makes the [Runtime]. What the
// machine lacks is told once, in the log and in Status; only what needs it fails, with a clear error.
//
// One concern a file: sandboxes (sandbox_*.go), containers (container_*.go), streams (exec.go, attach.go, forward.go),
// figures (stats.go), what a former agent or boot left (recover.go). Below are cgroup, seccomp, spec (pure), supervisor.
// The package knows no API server and no kubelet.
//
// A Runtime may be used from any goroutine. Calls about one container or sandbox wait for each other where they must;
// calls about different ones do not.
package runtime
