// Package deployment is the kind apps/v1 Deployment.
package deployment
