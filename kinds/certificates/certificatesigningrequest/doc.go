// Package certificatesigningrequest is the kind certificates.k8s.io/v1 CertificateSigningRequest: who asks is noted by the server, what is asked
// for never changes, an approver decides through one subresource, and a signer answers through another.
package certificatesigningrequest
