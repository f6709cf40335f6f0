// Package certificates keeps the cluster's keys and certificates in one directory, makes what is missing, renews what is
// due, and issues more on demand. The directory (0700; keys 0600) holds:
//
//	ca.crt, ca.key                          the cluster's authority: server, node and client certificates
//	front-proxy-ca.crt, front-proxy-ca.key  the authority of proxies that forward requests in others' names
//	sa.key, sa.pub                          signs service account tokens; sa.pub is derived from sa.key
//	sa-*.pub                                further keys whose tokens are still accepted, put there by hand
//	apiserver.pem                           the API server's certificate and key
//	admin.pem, controller-manager.pem, scheduler.pem           client certificates, with their keys
//	node-client.pem, node-server.pem        the node agent's certificates, only where the process runs a node
//
// Authorities and sa.key are made once and never replaced by this package. A pair is written key first, so that a start
// that was cut off leaves a key without a certificate or sa.pub, which the next start completes; a certificate without its
// key is not ours to mend and an error. The *.pem files are disposable: each is one file, replaced in one step when it is
// missing, empty, issued by an earlier authority, for other names than wanted, or has less than a third of its life left.
// A file that cannot be read, is damaged or is somebody else's is an error that names it, never overwritten.
//
// Flows in: the directory, the names the servers are called by, the time. Flows out: certificates, TLS configurations,
// the token key. The package must never know who may do what. A [PKI] is safe for concurrent use; only one process may
// have a directory open.
package certificates
