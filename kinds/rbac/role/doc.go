// Package role is the kind rbac.authorization.k8s.io/v1 Role.
package role
