// Package nodeproxy passes on what only a pod's node can answer: logs, exec, attach and port-forward to the node's own API, and plain HTTP to
// pods and nodes.
//
//	pods/log                               options are checked, the node's answer is streamed
//	pods/exec, pods/attach, pods/portforward  the upgraded connection is passed on byte for byte, whatever protocol it speaks
//	pods/proxy, nodes/proxy                HTTP, upgrades included
//	services/proxy                         the same to one of the endpoints that are ready, by chance
//
// Flows in: requests that the server has authorized; pods, nodes and services through lookups that the app hands in; the server's client certificate for
// nodes. Flows out: the node's answers, its errors as Status objects. The room must never know how a node does its work, nor the store.
package nodeproxy
