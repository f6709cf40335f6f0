// Package impersonate lets who may do so act as somebody else, by a request's Impersonate-* headers ("User Impersonation" in Kubernetes'
// documentation; KEP-5284 for the constrained form).
//
// There are two ways to be allowed: constrained, where one may be somebody (impersonate:user-info and its kin) and may do this very thing
// as such (impersonate-on:user-info:list); and the old way, where the verb impersonate on every part of the identity lets one do anything.
//
// Flows in: a request's headers, who makes it, and what it asks for. Flows out: who it is to be taken for, or an API error. The package must
// never know how a request is served. An [Impersonator] is safe for concurrent use.
package impersonate
