package authz

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/access"
)

// Check asks an authorizer and returns nil if it allows, else the API error to answer with: 403, or 500 where nobody allowed
// and an authorizer failed.
func Check(ctx context.Context, by Authorizer, user *access.User, a Attributes) error {
	d, reason, err := by.Authorize(ctx, user, a)
	switch {
	case d == Allow:
		return nil
	case d == NoOpinion && err != nil:
		return apierrors.NewInternalError(fmt.Errorf("deciding whether user %q may do this: %w", user.Name, err))
	}
	return Forbidden(user, a, reason)
}

// Forbidden is the answer to a request that was not allowed, 403 in Kubernetes' words. The reason may be empty.
func Forbidden(user *access.User, a Attributes, reason string) *apierrors.StatusError {
	message := refusal(user, a)
	if reason != "" {
		message += ": " + reason
	}
	resource, name := schema.GroupResource{}, ""
	if a.IsResource {
		resource, name = schema.GroupResource{Group: a.Group, Resource: a.Resource}, a.Name
	}
	return apierrors.NewForbidden(resource, name, errors.New(message))
}

func refusal(user *access.User, a Attributes) string {
	if !a.IsResource {
		return fmt.Sprintf("User %q cannot %s path %q", user.Name, a.Verb, a.Path)
	}
	resource := a.Resource
	if a.Subresource != "" {
		resource += "/" + a.Subresource
	}
	where := "at the cluster scope"
	if a.Namespace != "" {
		where = fmt.Sprintf("in the namespace %q", a.Namespace)
	}
	return fmt.Sprintf("User %q cannot %s resource %q in API group %q %s", user.Name, a.Verb, resource, a.Group, where)
}
