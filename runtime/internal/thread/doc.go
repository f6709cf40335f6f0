// Package thread runs a function on an operating system thread of its own that ends with it, so that what the function
// does to its thread (namespaces, cgroups) touches nothing else. Safe for use from many goroutines.
package thread
