// Package resourcequota is the kind v1 ResourceQuota.
package resourcequota
