// Package policy holds the rules of what roles and role bindings share: policy rules, subjects and the reference to a role.
package policy
