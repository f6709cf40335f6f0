// Package storageprotection puts finalizers on new volumes, claims and classes of volume attributes, so that none of them goes while it
// is in use. Controllers take them away when nobody uses the object any more.
package storageprotection
