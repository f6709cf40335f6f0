// Package logs reads the files in which a runtime keeps what containers print: one line a record, "TIME STREAM TAG TEXT", tag P
// for a part of a line and F for its end, as the CRI defines. It follows files that grow and are rotated.
package logs
