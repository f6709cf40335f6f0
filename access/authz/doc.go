// Package authz says whether a user may do what a request asks, and words the refusal as Kubernetes does.
//
// An [Authorizer] allows, denies, or has no opinion; a [Union] asks several in turn, and what nobody allows is refused.
// Here are the two that a cluster begins with: the group system:masters may do everything, and a [Table] of plain grants,
// for Kubernetes' built-in public paths and for what Argosy's own components declare. Others (RBAC, node, webhook) join
// the union.
//
// Flows in: an [access.User] and [Attributes], taken from the request by the server. Flows out: a [Decision] with its
// reason, and API errors. The package must never know how users are identified, or HTTP. Authorizers are safe for
// concurrent use.
package authz
