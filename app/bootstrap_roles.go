package app

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access/authz/bootstrap"
	"argosy.dev/client"
)

// bootstrapRoles makes the default roles and bindings, and brings up to date those that are there.
func bootstrapRoles(ctx context.Context, group *errgroup.Group, cluster client.Cluster) {
	reconcileAll(ctx, group, "cluster role", client.ClusterRoles(cluster), bootstrap.ClusterRoles(), once(bootstrap.ClusterRole))
	reconcileAll(ctx, group, "cluster role binding", client.ClusterRoleBindings(cluster), bootstrap.ClusterRoleBindings(), bootstrap.ClusterRoleBinding)
	reconcileAll(ctx, group, "role", client.Roles(cluster), bootstrap.Roles(), once(bootstrap.Role))
	reconcileAll(ctx, group, "role binding", client.RoleBindings(cluster), bootstrap.RoleBindings(), bootstrap.RoleBinding)
}

// once is a plan that never needs to make an object anew.
func once[T any](plan func(want, had T) T) func(want, had T) (T, bool) {
	return func(want, had T) (T, bool) { return plan(want, had), false }
}

// reconcileAll begins to make what is missing of wanted, and to write what plan makes of the rest. The writes share syncs of the disk.
func reconcileAll[T interface {
	client.Object
	comparable
}](ctx context.Context, group *errgroup.Group, what string, in client.Resource[T], wanted []T, plan func(want, had T) (next T, again bool)) {
	var none T
	for _, want := range wanted {
		name := want.GetName()
		had, ok := in.Get(want.GetNamespace(), name)
		if !ok {
			group.Go(func() error {
				_, err := in.Create(ctx, want)
				return made(what+" "+name, err)
			})
			continue
		}
		next, again := plan(want, had)
		if next == none {
			continue
		}
		group.Go(func() error {
			if again {
				if err := in.Delete(ctx, want.GetNamespace(), name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
					return fmt.Errorf("taking away the %s %s, which is for another role: %w", what, name, err)
				}
				_, err := in.Create(ctx, next)
				return made(what+" "+name, err)
			}
			if _, err := in.Update(ctx, next); err != nil && !apierrors.IsConflict(err) {
				return fmt.Errorf("bringing the %s %s up to date: %w", what, name, err)
			}
			return nil
		})
	}
}
