package e2e

import (
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// "kubectl get cs" tells of the parts that run in this process, and of those that do not.
func TestComponentStatuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, parts string
		flags       []string
	}{
		{"a control plane", "controller-manager Healthy ok, etcd-0 Healthy ok, scheduler Healthy ok", nil},
		{"an API alone", "controller-manager Unhealthy it does not run in this server, etcd-0 Healthy ok, scheduler Unhealthy it does not run in this server", []string{"--api-only"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := cluster.Server(t, tt.flags...)
			var got []string
			for line := range strings.Lines(c.Kubectl(t, "get", "cs", "--no-headers")) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if parts := strings.Join(got, ", "); parts != tt.parts {
				t.Errorf("got %s, want %s", parts, tt.parts)
			}
		})
	}
}
