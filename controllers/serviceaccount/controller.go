package serviceaccount

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "serviceaccount-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"namespaces", "serviceaccounts"}
	Writes = []string{"serviceaccounts"}
)

// account is the name of the account that each namespace has.
const account = "default"

type controller struct {
	namespaces client.Resource[*corev1.Namespace]
	accounts   client.Resource[*corev1.ServiceAccount]
}

// New makes the controller.
func New(c client.Cluster, log *slog.Logger) *loop.Controller {
	r := &controller{namespaces: client.Namespaces(c), accounts: client.ServiceAccounts(c)}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.namespaces, loop.Self[*corev1.Namespace]),
			loop.Objects(r.accounts, func(sa *corev1.ServiceAccount) []loop.Key {
				if sa.Name != account {
					return nil
				}
				return []loop.Key{{Name: sa.Namespace}}
			}),
		},
		Reconcile: r.reconcile,
		Log:       log,
	}
}

// wanted tells whether a namespace is to have the account.
func wanted(ns *corev1.Namespace) bool {
	return ns.DeletionTimestamp == nil && ns.Status.Phase != corev1.NamespaceTerminating
}

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	ns, ok := c.namespaces.Get("", key.Name)
	if !ok || !wanted(ns) {
		return 0, nil
	}
	if _, ok := c.accounts.Get(ns.Name, account); ok {
		return 0, nil
	}
	_, err := c.accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account, Namespace: ns.Name}})
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause), apierrors.IsNotFound(err), apierrors.IsAlreadyExists(err):
		return 0, nil // the namespace or the account changed meanwhile, and is looked at again for that
	case err != nil:
		return 0, fmt.Errorf("making the default service account of namespace %s: %w", ns.Name, err)
	}
	return 0, nil
}
