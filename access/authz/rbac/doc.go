// Package rbac decides by the cluster's roles and bindings ("Using RBAC Authorization" in Kubernetes' documentation).
//
// An [Authorizer] allows what a rule of a bound role allows, and has no opinion of anything else: RBAC never denies. Bindings are found by
// an index of their subjects, so that a decision costs a few look-ups, however many bindings there are; nothing is kept between decisions,
// and a change of a role or a binding counts from the next one.
//
// Flows in: users and attributes, and a [Reader] of roles and bindings as they are now. Flows out: decisions with the reason in Kubernetes'
// words, the rules that somebody has, and what of a rule somebody lacks. The package must never know HTTP or how users are identified. It
// is safe for concurrent use.
package rbac
