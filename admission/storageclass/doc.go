// Package storageclass gives a new claim that says nothing about its class the cluster's default one, where there is one: the newest
// of those marked so. A claim that says "" wants none.
package storageclass
