// Package demo holds the sample image that "argosy up --demo" runs: a small web server inside this binary, so that it needs no
// network and no registry.
//
// The program is test/images/demo; "make build" compiles it into bin/ here before the main program, which embeds that folder. A
// program built without it still works, but [Install] fails with [ErrMissing]. The image exists under two names, [Name] and
// [NextName], which differ in the version that the server tells, so that a rollout can be shown.
package demo
