// Package serviceaccount gives each namespace the ServiceAccount "default", under which pods run that name no other.
//
// Reads: Namespaces, ServiceAccounts. Writes: it creates ServiceAccounts. Reports: nothing.
package serviceaccount
