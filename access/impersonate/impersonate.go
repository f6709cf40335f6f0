package impersonate

import (
	"context"
	"net/http"
	"slices"

	"argosy.dev/access"
	"argosy.dev/access/authz"
)

// Impersonator decides who may be somebody else.
type Impersonator struct{ By authz.Authorizer }

// User is who the request is to be taken for: user itself unless its headers name another. a is what the request asks for.
func (i Impersonator) User(ctx context.Context, user *access.User, h http.Header, a authz.Attributes) (*access.User, error) {
	wanted, err := read(h)
	if wanted == nil || err != nil {
		return user, err
	}
	refused := i.constrained(ctx, user, wanted, a)
	if refused != nil && i.unconstrained(ctx, user, wanted) != nil {
		return nil, refused
	}
	return complete(wanted), nil
}

// complete adds the groups that go without saying: the header's own, or a service account's, and whether the user proved who it is.
func complete(wanted *access.User) *access.User {
	groups := slices.Clone(wanted.Groups)
	if namespace, _, ok := access.SplitServiceAccountUser(wanted.Name); ok && len(groups) == 0 {
		groups = access.ServiceAccountGroups(namespace)
	}
	class := access.Authenticated
	if wanted.Name == access.Anonymous {
		class = access.Unauthenticated
	}
	if !slices.Contains(groups, access.Authenticated) && !slices.Contains(groups, access.Unauthenticated) {
		groups = append(groups, class)
	}
	wanted.Groups = groups
	return wanted
}

// unconstrained asks for the verb impersonate on every part of the identity.
func (i Impersonator) unconstrained(ctx context.Context, user, wanted *access.User) error {
	parts := identityOf(wanted, "impersonate", "")
	if namespace, name, ok := access.SplitServiceAccountUser(wanted.Name); ok {
		parts[0].Resource, parts[0].Namespace, parts[0].Name = "serviceaccounts", namespace, name
	}
	return i.all(ctx, user, parts)
}

// identityOf are the parts of an identity as attributes, the user first. group is the API group of users and groups.
func identityOf(wanted *access.User, verb, group string) []authz.Attributes {
	parts := []authz.Attributes{{IsResource: true, Verb: verb, Group: group, Version: "v1", Resource: "users", Name: wanted.Name}}
	if wanted.UID != "" {
		parts = append(parts, authz.Attributes{IsResource: true, Verb: verb, Group: apiGroup, Version: "v1", Resource: "uids", Name: wanted.UID})
	}
	for _, g := range wanted.Groups {
		parts = append(parts, authz.Attributes{IsResource: true, Verb: verb, Group: group, Version: "v1", Resource: "groups", Name: g})
	}
	for key, values := range wanted.Extra {
		for _, v := range values {
			parts = append(parts, authz.Attributes{IsResource: true, Verb: verb, Group: apiGroup, Version: "v1", Resource: "userextras", Subresource: key, Name: v})
		}
	}
	return parts
}

// all is the first refusal, nil if there is none.
func (i Impersonator) all(ctx context.Context, user *access.User, parts []authz.Attributes) error {
	for _, a := range parts {
		if err := authz.Check(ctx, i.By, user, a); err != nil {
			return err
		}
	}
	return nil
}
