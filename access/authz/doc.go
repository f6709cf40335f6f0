// Package authz says whether a user may do what a request asks, and words the refusal as Kubernetes does.
//
// An [Authorizer] allows, denies, or has no opinion; a [Union] asks several in turn, and what nobody allows is refused.
// Here is the first of a cluster: the group system:masters may do everything. The others are folders: node decides what a
// node's agent may, rbac decides by roles, bootstrap holds the roles that a cluster begins with.
//
// Flows in: an [access.User] and [Attributes], taken from the request by the server. Flows out: a [Decision] with its
// reason, and API errors. The package must never know how users are identified, or HTTP. Authorizers are safe for
// concurrent use.
package authz
