// Package serviceaccounttoken fills Secrets of the type kubernetes.io/service-account-token, by which people ask for a token that does not
// expire, and deletes those whose service account is gone.
//
// Reads: Secrets, ServiceAccounts. Writes: those Secrets. Reports: nothing. The tokens are signed by whoever hands in [Sign].
package serviceaccounttoken
