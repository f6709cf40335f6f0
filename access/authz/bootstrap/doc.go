// Package bootstrap holds the roles and bindings that every Kubernetes cluster begins with ("Default roles and role bindings" in its
// documentation), and says how those in a cluster are brought up to date.
//
// Flows out: new objects, and for each the object to write, made from what is there. What the cluster's people added to a default role stays,
// what they took away comes back, unless the object says that it is theirs (the annotation rbac.authorization.kubernetes.io/autoupdate is
// "false"). The package must never know how objects are read or written. It has no state.
package bootstrap
