// Package schema says what may be wrong with the schema of a custom resource: whether it is structural, what its defaults are worth,
// and whether its CEL rules compile and stay affordable.
//
// Flows in: a schema in the hub form of k8s.io/apiextensions-apiserver, whose published packages judge structure, defaults and
// rules; what they leave open is judged here. Flows out: every mistake, at its path. Nothing of CEL is built before a schema with rules
// arrives.
package schema
