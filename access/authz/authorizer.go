package authz

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/fields"

	"argosy.dev/access"
)

// Attributes are what a request asks for. Of a resource request Path is not looked at, of any other only Verb and Path.
type Attributes struct {
	// Verb is get, list, watch, create, update, patch, delete, deletecollection, or a special one like bind; of a
	// request that is not for a resource, the HTTP method in lower case.
	Verb        string
	Group       string
	Version     string
	Resource    string // plural, "pods"
	Subresource string
	Namespace   string // empty: cluster-scoped, or all namespaces
	Name        string
	Path        string
	IsResource  bool
	// Fields are what a field selector narrows a list or a watch to.
	Fields fields.Requirements
}

// Decision is an authorizer's answer. The zero value allows nothing.
type Decision int

// The decisions.
const (
	NoOpinion Decision = iota // ask the next one
	Allow
	Deny // final, whatever others think
)

func (d Decision) String() string {
	switch d {
	case Allow:
		return "allow"
	case Deny:
		return "deny"
	}
	return "no opinion"
}

// Authorizer decides. The reason is for the audit log and, with a refusal, for the user. An error may come along with any
// decision: something could not be evaluated, and the decision rests on the rest.
type Authorizer interface {
	Authorize(ctx context.Context, user *access.User, a Attributes) (d Decision, reason string, err error)
}

// Func is an Authorizer made of a function.
type Func func(ctx context.Context, user *access.User, a Attributes) (Decision, string, error)

// Authorize calls f.
func (f Func) Authorize(ctx context.Context, user *access.User, a Attributes) (Decision, string, error) {
	return f(ctx, user, a)
}

// Union asks its authorizers in order until one allows or denies. If none does, it has no opinion, with all their reasons
// and errors.
type Union []Authorizer

// Authorize asks in turn.
func (u Union) Authorize(ctx context.Context, user *access.User, a Attributes) (Decision, string, error) {
	var reasons string
	var errs []error
	for _, one := range u {
		d, reason, err := one.Authorize(ctx, user, a)
		if d != NoOpinion {
			return d, reason, err
		}
		if reason != "" {
			if reasons != "" {
				reasons += "\n"
			}
			reasons += reason
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return NoOpinion, reasons, errors.Join(errs...)
}

// Masters allows the group system:masters everything.
var Masters Authorizer = Func(func(_ context.Context, user *access.User, _ Attributes) (Decision, string, error) {
	if slices.Contains(user.Groups, access.Masters) {
		return Allow, "", nil
	}
	return NoOpinion, "", nil
})
