// Package authn finds out who makes a request: by the client certificate of its connection, else by its bearer token,
// else it is anonymous.
//
// Flows in: requests over TLS (the certificates folder makes the configuration), the authority of users' certificates, and
// something that verifies tokens. Flows out: an [access.User]; a credential that is shown and not good is an error, never an
// anonymous user. A certificate is verified and its identity worked out once for a connection. The package must never know
// what anybody may do.
//
// An [Authenticator] is safe for concurrent use; the users it returns are shared and must not be changed.
package authn
