// Package payload computes which files a volume made of API objects holds. It is pure: objects in, files out; what is missing is
// an error that says so, or nothing where it is optional.
package payload
