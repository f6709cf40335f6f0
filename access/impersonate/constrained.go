package impersonate

import (
	"context"
	"slices"
	"strings"

	"argosy.dev/access"
	"argosy.dev/access/authz"
)

const apiGroup = "authentication.k8s.io"

// constrained asks for both permissions of the mode that the wanted user belongs to. The error is the refusal of the last mode tried.
func (i Impersonator) constrained(ctx context.Context, user, wanted *access.User, a authz.Attributes) error {
	var refused error
	for _, m := range modesOf(user, wanted) {
		on := a
		on.Verb = "impersonate-on:" + m.name + ":" + a.Verb
		if refused = i.all(ctx, user, append([]authz.Attributes{on}, m.identity...)); refused == nil {
			return nil
		}
	}
	return refused
}

// mode is one of the constrained kinds of impersonation.
type mode struct {
	name     string
	identity []authz.Attributes // that one must be allowed to be
}

// modesOf are the modes by which user may become wanted, the narrowest first. Service accounts and nodes are what their names say: whoever
// asks for other groups, a UID or extras with such a name asks for more than these modes give, and each of these is asked for as that of
// any user.
func modesOf(user, wanted *access.User) []mode {
	if namespace, name, ok := access.SplitServiceAccountUser(wanted.Name); ok {
		identity := rest(wanted, access.ServiceAccountGroups(namespace))
		return []mode{{"serviceaccount", append(identity, authz.Attributes{IsResource: true, Verb: "impersonate:serviceaccount", Group: apiGroup, Version: "v1",
			Resource: "serviceaccounts", Namespace: namespace, Name: name})}}
	}
	node, ok := strings.CutPrefix(wanted.Name, access.NodeUser(""))
	if !ok || node == "" {
		return []mode{{"user-info", identityOf(wanted, "impersonate:user-info", apiGroup)}}
	}
	asNode := func(name string) mode {
		identity := rest(wanted, []string{access.Nodes})
		return mode{name, append(identity, authz.Attributes{IsResource: true, Verb: "impersonate:" + name, Group: apiGroup, Version: "v1", Resource: "nodes", Name: node})}
	}
	modes := []mode{asNode("arbitrary-node")}
	if _, _, isAccount := access.SplitServiceAccountUser(user.Name); isAccount && slices.Equal(user.Extra[access.NodeNameKey], []string{node}) {
		modes = []mode{asNode("associated-node"), modes[0]}
	}
	return modes
}

// rest are the parts of an identity beside its name and the groups that come with it.
func rest(wanted *access.User, own []string) []authz.Attributes {
	others := *wanted
	others.Groups = slices.DeleteFunc(slices.Clone(wanted.Groups), func(g string) bool { return slices.Contains(own, g) || g == access.Authenticated })
	return identityOf(&others, "impersonate:user-info", apiGroup)[1:]
}
