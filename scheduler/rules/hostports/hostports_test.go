package hostports

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestFilter(t *testing.T) {
	s := rulestest.Snapshot([]*corev1.Node{rulestest.Node(t, "n1", "{}"), rulestest.Node(t, "n2", "{}")},
		rulestest.Pod(t, "there", "{spec: {nodeName: n1, containers: [{name: c, ports: [{containerPort: 1, hostPort: 80}, {containerPort: 2, hostPort: 81, hostIP: 10.0.0.1}]}]}}"))
	const refused = "n1: node(s) didn't have free ports for the requested pod ports"
	for ports, want := range map[string]string{
		"{containerPort: 80}":                                  "",
		"{containerPort: 1, hostPort: 80}":                     refused,
		"{containerPort: 1, hostPort: 80, protocol: UDP}":      "",
		"{containerPort: 1, hostPort: 80, hostIP: 10.0.0.2}":   refused,
		"{containerPort: 1, hostPort: 81, hostIP: 10.0.0.2}":   "",
		"{containerPort: 1, hostPort: 81, hostIP: 0.0.0.0}":    refused,
		"{containerPort: 2}, {containerPort: 3, hostPort: 80}": refused,
	} {
		p := rulestest.Pod(t, "p", "{spec: {containers: [{name: c, ports: ["+ports+"]}]}}")
		if got := rulestest.Refused(Rule(), p, s); got != want {
			t.Errorf("%s: %q, want %q", ports, got, want)
		}
	}
}
