// Package escalation keeps people from giving more than they have ("Privilege escalation prevention and bootstrapping" in Kubernetes' RBAC
// documentation): whoever writes a role must have every right in it, in the same scope, or the verb escalate; whoever writes a binding must
// have every right of the role, or the verb bind on it.
//
// Flows in: writes of roles and bindings, who writes, and [Rights]. Flows out: refusals in Kubernetes' words, that name what is lacking.
package escalation
