// Package limitrange is the kind v1 LimitRange.
package limitrange
