// Package secret is the kind v1 Secret.
package secret
