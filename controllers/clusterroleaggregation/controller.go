package clusterroleaggregation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs and as an account: the default role of that name lets it write rules that it does not have itself.
const Name = "clusterrole-aggregation-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"clusterroles"}
	Writes = []string{"clusterroles"}
)

type controller struct {
	roles client.Resource[*rbacv1.ClusterRole]
}

// New makes the controller.
func New(c client.Cluster, log *slog.Logger) *loop.Controller {
	r := &controller{roles: client.ClusterRoles(c)}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			// Any role may be one that others gather.
			loop.Objects(r.roles, func(*rbacv1.ClusterRole) []loop.Key { return r.gathering() }),
		},
		Reconcile: r.reconcile,
		Log:       log,
	}
}

// gathering are the roles that have a rule.
func (c *controller) gathering() []loop.Key {
	var keys []loop.Key
	for _, role := range c.roles.List("") {
		if role.AggregationRule != nil {
			keys = append(keys, loop.Key{Name: role.Name})
		}
	}
	return keys
}

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	role, ok := c.roles.Get("", key.Name)
	if !ok || role.AggregationRule == nil {
		return 0, nil
	}
	next, err := Decide(role, c.roles.List(""))
	if err != nil || next == nil {
		return 0, err
	}
	if _, err := c.roles.Update(ctx, next); err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("gathering the rules of cluster role %s: %w", role.Name, err)
	}
	return 0, nil
}
