// Package table has the columns and cell formats that the tables of most kinds share.
//
// A kind's columns.go lists its own columns with these; what is printed for a value (ages, "<none>", selectors) is
// what kubectl's users know from upstream's server.
package table
