// Package serviceaccount gives every new pod an identity: the namespace's default service account unless it names another, and a
// volume with a token that expires and is renewed, the cluster's CA and the namespace, where programs look for them.
package serviceaccount
