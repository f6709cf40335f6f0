// Package owners reads and makes owner references. All functions are pure.
package owners
