// Package service is the kind v1 Service.
//
// Addresses and node ports are given out by whoever allocates them; here it is only seen to that they stay what they are
// while the service needs them, and go when it does not. Families default to one, IPv4.
package service
