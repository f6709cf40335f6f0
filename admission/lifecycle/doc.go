// Package lifecycle keeps objects out of namespaces that do not exist or are being deleted, and the system's namespaces
// from being deleted.
package lifecycle
