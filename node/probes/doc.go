// Package probes watches over running containers: startup, liveness and readiness probes, by command, HTTP, TCP and gRPC.
//
//	verdict.go   pure: what a container's results so far say of it
//	schedule.go  pure: when a probe runs next
//	prober.go    which containers there are, and what is said of them
//	watch.go     one probe of one container: a timer, a run, a verdict
//	check.go     one run of a probe, with a file for each way to ask
//
// Flows in: pods and what runs of them, with Update. Flows out: verdicts, a call when one changes, and the events Unhealthy and
// ProbeWarning. What is known belongs to one run of a container: a restart starts over. An agent that starts anew takes over what the
// pod's status says of containers that still run, so that its restart makes nobody unready.
//
// A container without probes costs nothing; a probe costs one timer, and a goroutine while it runs. The room must never restart
// anything itself. A Prober is safe for concurrent use.
package probes
