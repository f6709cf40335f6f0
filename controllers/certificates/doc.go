// Package certificates answers requests for certificates: it approves those of nodes for their own client certificates, signs what was approved
// for the signers that Kubernetes documents, and removes requests that are over.
//
// Reads: CertificateSigningRequests. Writes: their approval, their status, and their end. Reports: nothing.
//
// Signing is behind an interface: where the key is, and whether a node may ask, is known to whoever builds the controller. plan.go decides
// what becomes of a request; rules.go what each signer gives.
package certificates
