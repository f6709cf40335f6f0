// Package endpoints is the kind v1 Endpoints.
package endpoints
