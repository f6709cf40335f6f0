// Package access says who is asking and what they may do. This package itself holds only the words that its folders
// share: the user, and the names that Kubernetes gives to its built-in users and groups.
//
// The folders, in the order in which a request meets them:
//
//	certificates  the cluster's authorities, keys and certificates on disk, and the TLS configuration made of them
//	token         service account tokens: issued, verified, published for others to verify
//	authn         a request -> who makes it (client certificate, bearer token, or anonymous)
//	authz         who, and what they ask -> allow, deny or no opinion, and the refusal in Kubernetes' words
//	impersonate   who may act as somebody else
//	review        the API's questions about tokens and access, answered
//	kubeconfig    the administrator's credentials, as kubectl wants them
//	atomicfile    how all of them write to disk
//
// Flows in: requests, the data directory, and a small lookup of what exists in the cluster. Flows out: [User] values,
// decisions, files. The room must never know how a request is served, what a kind means, or where objects are kept.
package access
