// Package authn finds out who makes a request: by the client certificate of its connection, else by its bearer token,
// else it is anonymous.
//
// Flows in: requests of which TLS has already verified the certificate against the cluster's authority (the certificates
// folder makes such a configuration), and something that verifies tokens. Flows out: an [access.User]; a credential that
// is shown and not good is an error, never an anonymous user. The identity of a certificate is worked out once for a
// connection. The package must never know what anybody may do.
//
// An [Authenticator] is safe for concurrent use; the users it returns are shared and must not be changed.
package authn
