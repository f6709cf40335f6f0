// Package hostports keeps apart pods that want the same port of their host.
package hostports
