// Package token issues and verifies service account tokens: JSON web tokens, signed with the cluster's token key, with
// the claims that Kubernetes gives them (KEP-1205 bound tokens, KEP-4193 node and credential claims), and the two OpenID
// documents by which others verify them.
//
// Flows in: [Keys], requests that were already permitted (a [Request], or the API's TokenRequest), tokens from anywhere,
// and a [Lookup] of what the cluster has. Flows out: tokens, [Verified] identities, JSON documents, API errors. A token is
// good as long as its signature, times and audience are, and its service account and the object it is bound to exist with
// the same UIDs: deleting the object revokes the token at once. Only the signature's verdict is remembered, for a short
// time and a bounded number of tokens; everything that can change is looked at each time.
//
// Tokens that Secrets of the type kubernetes.io/service-account-token hold are good as long as the Secret holds them.
//
// The package must never know HTTP or where objects are kept. Everything in it is safe for concurrent use.
package token
