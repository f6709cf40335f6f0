package main

// What upstream needs, for orientation beside our own rows: medians measured on 2026-11-21 on a virtual machine with 2 cores,
// 24 GiB and ext4, with load of the same kind on the same cores. Ratios are never made with them: another machine, another
// day.
const (
	upstreamReady      = "2,500 ms"
	upstreamResident   = "485 MiB, no node"
	upstreamAnonymous  = "265 MiB, no node"
	upstreamIdle       = "3.9 %, no node"
	upstreamCreate1    = "335/s"
	upstreamCreate32   = "1,429/s, 1,200 µs"
	upstreamCreate32J  = "1,611/s"
	upstreamCreatePods = "1,026/s"
	upstreamGet        = "3,260/s, 520 µs"
	upstreamGetJSON    = "3,246/s"
	upstreamPod        = "about 70 KiB"
	upstreamList       = "217 ms, 15.7 MB"
	upstreamListJSON   = "340 ms, 25.8 MB"
	upstreamListPaged  = "390 ms, 15.8 MB"
	upstreamWatch      = "5.7 / 10.1 ms"
	upstreamWatchJSON  = "6.0 / 9.9 ms"
	upstreamWatchFlat  = "47,486/s"

	// upstreamRate32 is the rate of upstreamCreate32, of which a goal is a multiple.
	upstreamRate32 = 1429
)

// notes are printed below the table.
var notes = []string{
	"server CPU is that of the argosy process, all of it (controllers and scheduler too); each is that for one start, request, event or Pod.",
	"Of less than 100 values p99 is the highest. Results are medians, one value a round, start or list.",
	"Requests go over 4 HTTP/2 connections with client certificates, from this machine's same cores; every write is durable before it is answered.",
	"upstream: Kubernetes v1.36.0 and etcd v3.6.8 (four processes, no kubelet), measured on 2026-11-21 on 2 cores, 24 GiB, ext4; not on this machine, so no ratio is made with it.",
	"Goals are those of a machine like that one.",
}
