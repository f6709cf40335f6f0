package handler

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/node/environment"
)

// Executor runs a command in a container: a CRI runtime. A code other than 0 is an exec.ExitError (k8s.io/utils/exec), with
// the output beside it; a timeout (0: none) that ran out has the gRPC code DeadlineExceeded.
type Executor interface {
	ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) (stdout, stderr []byte, err error)
}

// Command expands $(NAME) in a command, by those variables of the container that are written out in its spec. What comes
// from elsewhere (fields, ConfigMaps, Secrets) is not known here and stays as it is written, as in Kubernetes.
func Command(c *corev1.Container, command []string) []string {
	get := func(name string) (value string, ok bool) {
		for i := range c.Env {
			if v := &c.Env[i]; v.Name == name && v.ValueFrom == nil {
				value, ok = v.Value, true // the last of a name counts
			}
		}
		return value, ok
	}
	out := make([]string, len(command))
	for i, s := range command {
		out[i] = environment.Expand(s, get)
	}
	return out
}
