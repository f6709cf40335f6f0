// Package flight lets concurrent callers who want the same thing share the work of getting it.
//
// Unlike golang.org/x/sync/singleflight the work belongs to none of them: it has a context of its own, which ends when the last
// caller has given up, so that one caller's timeout does not fail the others. A Group is safe for concurrent use.
package flight
