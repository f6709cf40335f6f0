// Package repolint holds the repository to its own rules, as a plain Go test: go test ./tools/repolint.
//
// The rules are data with a reason a row: which room stands on which floor and what it may know (floors.go), what nobody may
// import (bans.go), how long files may be (sizes.go), and which exceptions are granted for now (exceptions.go). The other
// files are the checks that read the data.
//
// Flows in: the source tree, parsed but not type-checked. Flows out: findings that say what is wrong, where, why that is a
// rule, and what to do. It reads every Go file of the main module, modules of their own below it excepted, on any build
// tag, takes about a second, and changes nothing.
package repolint
