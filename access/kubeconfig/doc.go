// Package kubeconfig gives the administrator's credentials to kubectl and every other client: in a file of Argosy's own,
// and as one more context in the file that the user already has.
//
// Context, cluster and user are all named argosy. Each carries an extension that says which data directory it was made
// for, by which it is recognized later; what does not carry it is somebody else's and is never touched. All other content
// of a file is kept (but for comments, which no writer of kubeconfigs keeps), the current context is chosen only where
// there is none, and a file is written in one step and only if it changes, the user's own under the same lock that
// kubectl takes.
//
// Flows in: addresses, PEM, paths. Flows out: files, and errors that the caller may show as warnings. The package must
// never know how certificates are made.
package kubeconfig
