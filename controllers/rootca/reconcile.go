package rootca

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/controllers/loop"
)

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	ns, ok := c.namespaces.Get("", key.Name)
	if !ok {
		return 0, nil
	}
	had, exists := c.maps.Get(ns.Name, mapName)
	want := Decide(ns, had, c.bundle)
	if want == nil {
		return 0, nil
	}
	write := c.maps.Create
	if exists {
		write = c.maps.Update
	}
	_, err := write(ctx, want)
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause), apierrors.IsNotFound(err), apierrors.IsAlreadyExists(err):
		return 0, nil // the namespace or the map changed meanwhile, and is looked at again for that
	case err != nil:
		return 0, fmt.Errorf("publishing the root certificate in namespace %s: %w", ns.Name, err)
	}
	return 0, nil
}
