// Package fairness decides when a request is served, so that no client's haste is another's standstill.
//
// Requests are sorted by schemas into flows and levels ([Config]). The server's seats are divided among the levels; a level without
// work lends its seats, within bounds, to those with too much. Within a level each flow is dealt a hand of queues (shuffle sharding), and the
// queues are served in the order in which they would finish if all of them were served at once, so that a flow that asks for much waits
// behind itself. What finds its queue full, or waits too long, is turned away.
//
// Flows in: the configuration, and requests as plain words ([Request]). Flows out: tickets ([Gate.Enter]), and figures for metrics
// ([Gate.Levels]). It must never know HTTP, kinds or the cluster, and takes the time from package time alone, so that it can be tested in
// virtual time. A Gate is safe for concurrent use. The way in and out of a level that has seats left allocates nothing.
//
// The scheme is that of Kubernetes' enhancement proposal 1040, whose terms the names here follow.
package fairness
