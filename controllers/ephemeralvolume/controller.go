package ephemeralvolume

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller in logs, and of the source of its events.
const (
	Name      = "ephemeral-volume-controller"
	Component = "ephemeral_volume"
)

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"pods", "persistentvolumeclaims"}
	Writes = []string{"persistentvolumeclaims", "events"}
)

type controller struct {
	pods   client.Resource[*corev1.Pod]
	claims client.Resource[*corev1.PersistentVolumeClaim]
	events *record.Recorder
}

// New makes the controller. A key is a pod.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{pods: client.Pods(c), claims: client.PersistentVolumeClaims(c), events: events}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.pods, func(p *corev1.Pod) []loop.Key {
				if !ephemeralOf(p) {
					return nil
				}
				return loop.Self(p)
			}),
			loop.Objects(r.claims, loop.Owner[*corev1.PersistentVolumeClaim]("Pod")),
		},
		Reconcile: r.reconcile,
		Log:       log,
	}
}

func (r *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	pod, ok := r.pods.Get(key.Namespace, key.Name)
	if !ok {
		return 0, nil
	}
	missing, faults := Missing(pod, func(name string) (*corev1.PersistentVolumeClaim, bool) { return r.claims.Get(pod.Namespace, name) })
	for _, claim := range missing {
		name := claim.Name
		if _, err := r.claims.Create(ctx, claim); err != nil && !apierrors.IsAlreadyExists(err) {
			faults = append(faults, fmt.Errorf("create PVC %s: %w", name, err))
		}
	}
	for _, err := range faults {
		r.events.Warning(client.Reference(pod), "FailedToCreate", "ephemeral volume: %v", err)
	}
	return 0, errors.Join(faults...)
}
