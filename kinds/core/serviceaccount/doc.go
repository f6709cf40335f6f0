// Package serviceaccount is the kind v1 ServiceAccount. Its token subresource is answered by the token issuer.
package serviceaccount
