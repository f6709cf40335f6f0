// Package backoff says how long to wait before the next try: exponential growth, a cap, and jitter from a source that the
// caller hands in, so that tests are exact.
//
// It is arithmetic only: it never sleeps, knows no clock and keeps no state. Everything is a value; all of it may be used
// from any goroutine, as far as the random source may.
package backoff
