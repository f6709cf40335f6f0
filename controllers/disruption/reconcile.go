package disruption

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

func (r *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	b, ok := r.budgets.Get(key.Namespace, key.Name)
	if !ok {
		return 0, nil
	}
	var list []*corev1.Pod
	for _, p := range r.pods.List(b.Namespace) {
		if selects(b, p) && p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			list = append(list, p)
		}
	}
	now := time.Now()
	var scales []Scale
	var failed error
	if NeedsScales(b) {
		scales, failed = r.scales(b, list)
	}
	status, again := policyv1.PodDisruptionBudgetStatus{}, time.Duration(0)
	if failed == nil {
		status, again, failed = Decide(b, list, scales, now)
	}
	if failed != nil {
		r.events.Warning(client.Reference(b), "CalculateExpectedPodCountFailed", "Failed to calculate the number of expected pods: %v", failed)
		status = Failed(b, failed, now)
	}
	if same(&status, &b.Status) {
		return again, nil
	}
	wanted := b.DeepCopy()
	wanted.Status = status
	_, err := r.budgets.UpdateStatus(ctx, wanted)
	if err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("writing the status of the disruption budget %s: %w", key, err)
	}
	return again, nil
}

// scales are those of everything that controls one of the pods.
func (r *controller) scales(b *policyv1.PodDisruptionBudget, list []*corev1.Pod) ([]Scale, error) {
	var found []Scale
	seen := map[types.UID]bool{}
	unmanaged := 0
	for _, p := range list {
		ref := metav1.GetControllerOfNoCopy(p)
		if ref == nil {
			unmanaged++
			continue
		}
		s, ok, err := r.scale(p.Namespace, ref)
		if err != nil {
			return nil, err
		}
		if ok && !seen[s.UID] {
			seen[s.UID] = true
			found = append(found, s)
		}
	}
	if unmanaged > 0 {
		r.events.Warning(client.Reference(b), "UnmanagedPods", "%d pods selected by this budget have no controller; a budget of maxUnavailable or of a percentage does not count them", unmanaged)
	}
	return found, nil
}

// scale is how many pods the controller wants; that of a replica set's deployment, where it has one. A controller that is gone wants none.
func (r *controller) scale(namespace string, ref *metav1.OwnerReference) (Scale, bool, error) {
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return Scale{}, false, fmt.Errorf("reading whom a pod belongs to: %w", err)
	}
	group := gv.Group
	switch {
	case group == "apps" && ref.Kind == "ReplicaSet":
		s, ok := r.replicaSets.Get(namespace, ref.Name)
		if !ok || s.UID != ref.UID {
			return Scale{}, false, nil
		}
		if above := metav1.GetControllerOfNoCopy(s); above != nil && above.Kind == "Deployment" {
			if d, ok := r.deployments.Get(namespace, above.Name); ok && d.UID == above.UID {
				return Scale{d.UID, replicas(d.Spec.Replicas)}, true, nil
			}
		}
		return Scale{s.UID, replicas(s.Spec.Replicas)}, true, nil
	case group == "apps" && ref.Kind == "StatefulSet":
		s, ok := r.statefulSets.Get(namespace, ref.Name)
		if !ok || s.UID != ref.UID {
			return Scale{}, false, nil
		}
		return Scale{s.UID, replicas(s.Spec.Replicas)}, true, nil
	case group == "" && ref.Kind == "ReplicationController":
		c, ok := r.controllers.Get(namespace, ref.Name)
		if !ok || c.UID != ref.UID {
			return Scale{}, false, nil
		}
		return Scale{c.UID, replicas(c.Spec.Replicas)}, true, nil
	}
	return Scale{}, false, fmt.Errorf("%s %s of %s has no scale that could be read", ref.Kind, ref.Name, ref.APIVersion)
}

func replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}
