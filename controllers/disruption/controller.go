package disruption

import (
	"log/slog"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs; Component in events.
const (
	Name      = "disruption-controller"
	Component = "controllermanager"
)

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads = []string{"policy/poddisruptionbudgets", "pods", "apps/deployments", "apps/replicasets", "apps/statefulsets", "replicationcontrollers"}
	// Events are told about budgets.
	Writes = []string{"policy/poddisruptionbudgets/status", "events"}
)

type controller struct {
	budgets      client.Resource[*policyv1.PodDisruptionBudget]
	pods         client.Resource[*corev1.Pod]
	deployments  client.Resource[*appsv1.Deployment]
	replicaSets  client.Resource[*appsv1.ReplicaSet]
	statefulSets client.Resource[*appsv1.StatefulSet]
	controllers  client.Resource[*corev1.ReplicationController]
	events       *record.Recorder
}

// New makes the controller.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{budgets: client.PodDisruptionBudgets(c), pods: client.Pods(c), deployments: client.Deployments(c), replicaSets: client.ReplicaSets(c),
		statefulSets: client.StatefulSets(c), controllers: client.ReplicationControllers(c), events: events}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.budgets, loop.Self[*policyv1.PodDisruptionBudget]),
			loop.Objects(r.pods, r.ofPod),
			loop.Objects(r.deployments, func(d *appsv1.Deployment) []loop.Key { return r.inNamespace(d.Namespace) }),
			loop.Objects(r.replicaSets, func(s *appsv1.ReplicaSet) []loop.Key { return r.inNamespace(s.Namespace) }),
			loop.Objects(r.statefulSets, func(s *appsv1.StatefulSet) []loop.Key { return r.inNamespace(s.Namespace) }),
			loop.Objects(r.controllers, func(s *corev1.ReplicationController) []loop.Key { return r.inNamespace(s.Namespace) }),
		},
		Reconcile: r.reconcile,
		Workers:   2,
		Log:       log,
	}
}

// ofPod are the budgets that a pod counts in.
func (r *controller) ofPod(p *corev1.Pod) []loop.Key {
	var keys []loop.Key
	for _, b := range r.budgets.List(p.Namespace) {
		if selects(b, p) {
			keys = append(keys, loop.Key{Namespace: b.Namespace, Name: b.Name})
		}
	}
	return keys
}

// inNamespace are the budgets of a namespace: any of them may have pods of what changed there.
func (r *controller) inNamespace(namespace string) []loop.Key {
	var keys []loop.Key
	for _, b := range r.budgets.List(namespace) {
		keys = append(keys, loop.Key{Namespace: b.Namespace, Name: b.Name})
	}
	return keys
}
