package app

import (
	"context"
	"maps"
	"net/http"

	rbacv1 "k8s.io/api/rbac/v1"

	"argosy.dev/access/authz"
	"argosy.dev/access/authz/bootstrap"
	"argosy.dev/access/authz/node"
	"argosy.dev/access/authz/rbac"
	"argosy.dev/access/impersonate"
	"argosy.dev/access/review"
	"argosy.dev/base/identity"
	"argosy.dev/resource"
	"argosy.dev/server"
)

// accessRules decide what everybody may do.
type accessRules struct {
	roles  *rbac.View // its pipeline is set once there is one
	rbac   rbac.Authorizer
	all    authz.Union
	review *review.Reviewer
}

func newAccess(t *tokens, nodes node.Reader) *accessRules {
	a := &accessRules{roles: &rbac.View{}}
	a.rbac = rbac.Authorizer{Reader: a.roles}
	a.all = authz.Union{authz.Masters, node.Authorizer{Reader: nodes, Rules: bootstrap.NodeRules()}, a.rbac}
	a.review = &review.Reviewer{Authorizer: a.all, Rules: a.rbac, Tokens: t.verifier}
	return a
}

// answers are who answers questions that are asked by creating them.
func (a *accessRules) answers(t *tokens) map[string]resource.Answer {
	all := a.review.Answers()
	maps.Copy(all, map[string]resource.Answer{"serviceaccounts/token": t.answer})
	return all
}

// authorize refuses what nobody allows.
func (a *accessRules) authorize(ctx context.Context, user *identity.User, what server.Attributes) error {
	return authz.Check(ctx, a.all, user, attributes(what))
}

// mayRequest tells whether a node's request for a certificate is approved unasked.
func (a *accessRules) mayRequest(ctx context.Context, user *identity.User, subresource string) bool {
	return a.authorize(ctx, user, server.Attributes{Verb: "create", Group: "certificates.k8s.io", Version: "v1", Resource: "certificatesigningrequests", Subresource: subresource}) == nil
}

// impersonate tells who a request is to be taken for.
func (a *accessRules) impersonate(r *http.Request, user *identity.User, what server.Attributes) (*identity.User, error) {
	return impersonate.Impersonator{By: a.all}.User(r.Context(), user, r.Header, attributes(what))
}

func attributes(a server.Attributes) authz.Attributes {
	return authz.Attributes{Verb: a.Verb, Group: a.Group, Version: a.Version, Resource: a.Resource, Subresource: a.Subresource,
		Namespace: a.Namespace, Name: a.Name, Path: a.Path, IsResource: a.Path == "", Fields: a.Fields}
}

// Rules, RulesOf and May tell admission who may give which rights.
func (a *accessRules) Rules(user *identity.User, namespace string) ([]rbacv1.PolicyRule, error) {
	return a.rbac.Rules(user, namespace)
}

func (a *accessRules) RulesOf(ref rbacv1.RoleRef, namespace string) ([]rbacv1.PolicyRule, error) {
	return a.rbac.RulesOf(ref, namespace)
}

func (a *accessRules) May(ctx context.Context, user *identity.User, verb, resource, namespace, name string) bool {
	d, _, _ := a.all.Authorize(ctx, user, authz.Attributes{IsResource: true, Verb: verb, Group: rbacv1.GroupName, Version: "v1",
		Resource: resource, Namespace: namespace, Name: name})
	return d == authz.Allow
}
