// Package parameters holds the rules of what storage classes and volume attributes classes share: the name of a driver, and what it
// is told.
package parameters
