package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// quantile of a sorted list: the value that the share q of the list does not exceed. With few values a high one is the
// highest of them.
func quantile[T cmp.Ordered](sorted []T, q float64) T {
	var zero T
	if len(sorted) == 0 {
		return zero
	}
	return sorted[min(max(int(math.Ceil(q*float64(len(sorted))))-1, 0), len(sorted)-1)]
}

// of maps a list.
func of[T any](list []T, f func(T) float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// median of a list of any order; of an even number of values the lower one in the middle.
func median(list []float64) float64 { return quantile(slices.Sorted(slices.Values(list)), .5) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// share is a/b, 0 if there is no b.
func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
