// Package attributes validates what the access reviews of authorization.k8s.io share: about whom they ask, and about what.
package attributes
