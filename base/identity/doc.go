// Package identity carries who is asking through a context: found out by access, read by everything that a request
// passes. It is a leaf and knows nothing of how an identity is proved or what it may do.
package identity
