// Package adminaccess lets only namespaces that are meant for it ask for devices as an administrator, who may have what others use.
package adminaccess
