// Package ipaddress is the kind networking.k8s.io/v1 IPAddress.
package ipaddress
