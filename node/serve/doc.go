// Package serve is the node's own HTTPS API, with the kubelet's paths: what of a container is not in the cluster's API but on its node.
//
//	GET       /containerLogs/NAMESPACE/POD/CONTAINER   log; the parameters of pods/log
//	GET POST  /exec/NAMESPACE/POD/CONTAINER            a command: command (repeated), input, output, error, tty ("1")
//	GET POST  /attach/NAMESPACE/POD/CONTAINER          a container's own streams: input, output, error, tty
//	GET POST  /portForward/NAMESPACE/POD               connections to a pod's ports; for WebSocket without SPDY: port
//	GET       /pods                                    the node's pods
//	GET       /runningpods/                            the pods that run, as the runtime tells
//	GET       /stats/summary                           what machine and pods use; only_cpu_and_memory for less
//	GET       /metrics, /metrics/resource, /metrics/cadvisor   the same and the agent's own, as Prometheus text
//	GET       /configz                                 the node's configuration
//	GET       /logs/PATH                               the machine's logs
//	GET       /healthz                                 "ok", for anybody
//
// Streams are served here where the runtime is in the process; else the upgraded connection is passed on to the address that the runtime gives
// out. Refusals are plain text. Only the API server and administrators are answered; see allowed.
//
// Flows in: requests over TLS with a verified client certificate; the node's pods; a CRI runtime. Flows out: logs and streams. The room must
// never know who asks in the end, what they may do, or how a runtime does its work. A handler is safe for concurrent use; streams end when
// their request's context does: a server that is to end them at its stop sets http.Server's BaseContext.
package serve
