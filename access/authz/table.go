package authz

import (
	"context"
	"slices"
	"strings"

	"argosy.dev/access"
)

// Rule is something that may be done: verbs on resources, or verbs on paths. "*" in Verbs, Groups, Resources means all.
type Rule struct {
	Verbs []string

	// Groups are API groups, "" for the core group.
	Groups []string
	// Resources are plural names; "pods/status" is that subresource alone, "pods" does not contain it, "*/status" is
	// that subresource of every resource, "*" contains subresources.
	Resources []string
	// Names are objects' names; empty means all. A request that has no name (list, create) matches only the empty list.
	Names []string
	// Namespaces the rule holds in; empty means everywhere, cluster-scoped resources included.
	Namespaces []string

	// Paths are what is asked for that is no resource; one that ends in "*" stands for all that begin so.
	Paths []string
}

// Grant gives rules to whoever is one of the users or in one of the groups.
type Grant struct {
	Users  []string
	Groups []string
	Rules  []Rule
}

// Public is what Kubernetes allows in every cluster: everyone may ask for health and version, whoever proved who they are
// may discover what the API has, and service accounts may fetch what their tokens are verified by (the default roles
// system:public-info-viewer, system:discovery and system:service-account-issuer-discovery).
func Public() []Grant {
	get := []string{"get"}
	return []Grant{{
		Groups: []string{access.Authenticated, access.Unauthenticated},
		Rules:  []Rule{{Verbs: get, Paths: []string{"/healthz", "/livez", "/readyz", "/version", "/version/"}}},
	}, {
		Groups: []string{access.Authenticated},
		Rules:  []Rule{{Verbs: get, Paths: []string{"/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"}}},
	}, {
		Groups: []string{access.ServiceAccounts},
		Rules: []Rule{{Verbs: get, Paths: []string{
			"/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"}}},
	}}
}

// Table allows what is granted and has no opinion of anything else.
type Table struct {
	users  map[string][]Rule
	groups map[string][]Rule
}

// NewTable makes a table, which does not change; the grants must not either.
func NewTable(grants ...Grant) *Table {
	t := &Table{users: map[string][]Rule{}, groups: map[string][]Rule{}}
	for _, g := range grants {
		for _, user := range g.Users {
			t.users[user] = append(t.users[user], g.Rules...)
		}
		for _, group := range g.Groups {
			t.groups[group] = append(t.groups[group], g.Rules...)
		}
	}
	return t
}

// Authorize allows what a rule of the user or of one of its groups allows.
func (t *Table) Authorize(_ context.Context, user *access.User, a Attributes) (Decision, string, error) {
	if allows(t.users[user.Name], &a) {
		return Allow, "", nil
	}
	for _, group := range user.Groups {
		if allows(t.groups[group], &a) {
			return Allow, "", nil
		}
	}
	return NoOpinion, "", nil
}

func allows(rules []Rule, a *Attributes) bool {
	for i := range rules {
		if rules[i].allows(a) {
			return true
		}
	}
	return false
}

func (r *Rule) allows(a *Attributes) bool {
	if !hasOrAll(r.Verbs, a.Verb) {
		return false
	}
	if !a.IsResource {
		return slices.ContainsFunc(r.Paths, func(p string) bool { return matchPath(p, a.Path) })
	}
	return hasOrAll(r.Groups, a.Group) &&
		slices.ContainsFunc(r.Resources, func(p string) bool { return matchResource(p, a.Resource, a.Subresource) }) &&
		(len(r.Names) == 0 || a.Name != "" && slices.Contains(r.Names, a.Name)) &&
		(len(r.Namespaces) == 0 || a.Namespace != "" && slices.Contains(r.Namespaces, a.Namespace))
}

func hasOrAll(list []string, value string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, value)
}

func matchPath(pattern, path string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == path
}

func matchResource(pattern, resource, subresource string) bool {
	if pattern == "*" {
		return true
	}
	wantResource, wantSubresource, _ := strings.Cut(pattern, "/")
	if wantResource == "*" && wantSubresource == subresource {
		return true
	}
	return wantResource == resource && wantSubresource == subresource
}
