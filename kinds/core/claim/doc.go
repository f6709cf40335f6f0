// Package claim holds the rules of claims for storage that PersistentVolumeClaims share with the claim templates of pods
// and stateful sets.
package claim
