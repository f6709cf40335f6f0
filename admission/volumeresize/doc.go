// Package volumeresize refuses to let claims grow whose volumes cannot: only bound claims of a storage class that allows expansion may.
package volumeresize
