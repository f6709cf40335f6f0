package access

import (
	"strings"

	"argosy.dev/base/identity"
)

// User is who makes a request. It is never changed after it was made, so that one value serves all requests of a
// connection.
type User = identity.User

// Users and groups that Kubernetes knows by name; see "Using RBAC Authorization" and "Authenticating" in its documentation.
const (
	Anonymous         = "system:anonymous"
	ControllerManager = "system:kube-controller-manager"
	Scheduler         = "system:kube-scheduler"

	Masters         = "system:masters"         // may do everything, before any rule is asked
	Authenticated   = "system:authenticated"   // everyone who proved who they are
	Unauthenticated = "system:unauthenticated" // everyone who did not
	Nodes           = "system:nodes"
	ServiceAccounts = "system:serviceaccounts"

	nodePrefix           = "system:node:"
	serviceAccountPrefix = "system:serviceaccount:"
)

// Keys of [User.Extra].
const (
	CredentialIDKey = "authentication.kubernetes.io/credential-id"
	PodNameKey      = "authentication.kubernetes.io/pod-name"
	PodUIDKey       = "authentication.kubernetes.io/pod-uid"
	NodeNameKey     = "authentication.kubernetes.io/node-name"
	NodeUIDKey      = "authentication.kubernetes.io/node-uid"
)

// NodeUser is the user name of a node's agent.
func NodeUser(node string) string { return nodePrefix + node }

// ServiceAccountUser is the user name of a service account.
func ServiceAccountUser(namespace, name string) string {
	return serviceAccountPrefix + namespace + ":" + name
}

// SplitServiceAccountUser is the inverse of [ServiceAccountUser]; ok is false for any other user.
func SplitServiceAccountUser(user string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(user, serviceAccountPrefix)
	if !ok {
		return "", "", false
	}
	namespace, name, ok = strings.Cut(rest, ":")
	if !ok || namespace == "" || name == "" || strings.Contains(name, ":") {
		return "", "", false
	}
	return namespace, name, true
}

// ServiceAccountGroups are the groups of every service account of a namespace, but for [Authenticated].
func ServiceAccountGroups(namespace string) []string {
	return []string{ServiceAccounts, ServiceAccounts + ":" + namespace}
}
