// Package policy is what admission policies that validate and those that change objects have in common, and their bindings:
// parameters, variables and how they are bound.
package policy
