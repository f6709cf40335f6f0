package node

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/selection"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/access/authz/rbac"
)

// Reader finds what decisions rest on. What it returns must not be changed.
type Reader interface {
	PodsOn(node string) []*corev1.Pod
	Claim(namespace, name string) (*corev1.PersistentVolumeClaim, bool)
	Volume(name string) (*corev1.PersistentVolume, bool)
	Attachment(name string) (*storagev1.VolumeAttachment, bool)
}

// Authorizer decides for nodes, and has no opinion of others.
type Authorizer struct {
	Reader Reader
	// Rules are what any node may do, whatever it is about: those of the role system:node.
	Rules []rbacv1.PolicyRule
}

var _ authz.Authorizer = Authorizer{}

// Name is the node whose agent a user is; ok is false for any other user.
func Name(user *access.User) (node string, ok bool) {
	node, ok = strings.CutPrefix(user.Name, access.NodeUser(""))
	return node, ok && node != "" && slices.Contains(user.Groups, access.Nodes)
}

// Authorize decides.
func (z Authorizer) Authorize(_ context.Context, user *access.User, a authz.Attributes) (authz.Decision, string, error) {
	if !slices.Contains(user.Groups, access.Nodes) {
		return authz.NoOpinion, "", nil
	}
	node, ok := Name(user)
	if !ok {
		return authz.NoOpinion, fmt.Sprintf("unknown node for user %q", user.Name), nil
	}
	if a.IsResource {
		if decide := special[a.Group+"/"+a.Resource]; decide != nil {
			if reason, decided := decide(z, node, &a); decided {
				if reason != "" {
					return authz.NoOpinion, reason, nil
				}
				return authz.Allow, "", nil
			}
		}
	}
	for i := range z.Rules {
		if rbac.Allows(&z.Rules[i], &a) {
			return authz.Allow, "", nil
		}
	}
	return authz.NoOpinion, "", nil
}

// special are the resources, by group and name, of which a node may not have everything that it may do. Each tells why not, "" for allowed,
// and decided false where the rules shall say.
var special = map[string]func(z Authorizer, node string, a *authz.Attributes) (reason string, decided bool){
	"/secrets":                         related(readable, Authorizer.secret),
	"/configmaps":                      related(readable, Authorizer.configMap),
	"/persistentvolumeclaims":          Authorizer.claims,
	"/persistentvolumes":               related(single, Authorizer.volume),
	"resource.k8s.io/resourceclaims":   related(single, Authorizer.resourceClaim),
	"storage.k8s.io/volumeattachments": related(single, Authorizer.attachment),
	"/serviceaccounts":                 Authorizer.accounts,
	"/pods":                            Authorizer.pods,
	"/nodes":                           Authorizer.nodes,
	"coordination.k8s.io/leases":       Authorizer.leases,
	"storage.k8s.io/csinodes":          Authorizer.csiNodes,
	"resource.k8s.io/resourceslices":   Authorizer.slices,
}

// narrowed tells that a list or a watch is limited to objects whose field has the value.
func narrowed(a *authz.Attributes, field, value string) bool {
	return slices.ContainsFunc(a.Fields, func(r fieldRequirement) bool {
		return r.Field == field && r.Value == value && (r.Operator == selection.Equals || r.Operator == selection.DoubleEquals)
	})
}
