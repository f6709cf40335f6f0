package e2e

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"errors"
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// forEachKubectl runs a test with the kubectl inside the binary, and with the user's own, each in a namespace of its own.
func forEachKubectl(t *testing.T, c *cluster.Cluster, test func(*testing.T, cluster.Client)) {
	t.Run("argosy", func(t *testing.T) {
		t.Parallel()
		test(t, c.Space(t))
	})
	t.Run("user", func(t *testing.T) {
		t.Parallel()
		tool := cluster.UserTool(t)
		test(t, c.Space(t).With(tool))
	})
}

// contains wants text to mention each of these.
func contains(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not mention %q:\n%s", what, want, text)
		}
	}
}

// equal wants two texts to be the same but for space around them.
func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("%s: %q, want %q", what, strings.TrimSpace(got), want)
	}
}

var errNotYet = errors.New("not yet")

const awaitTimeout = 30 * time.Second

// waitingFor is a check for [cluster.AwaitPod]: a container waits for one of these reasons.
func waitingFor(reasons ...string) func(*corev1.Pod) error {
	return func(p *corev1.Pod) error {
		for _, s := range p.Status.ContainerStatuses {
			if w := s.State.Waiting; w != nil && slices.Contains(reasons, w.Reason) {
				return nil
			}
		}
		return fmt.Errorf("no container waits for %v: %+v", reasons, p.Status.ContainerStatuses)
	}
}
