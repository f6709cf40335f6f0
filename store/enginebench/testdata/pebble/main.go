// Command pebble is what BenchmarkBinarySize measures: a small HTTP server that also opens a pebble store.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/cockroachdb/pebble/v2"
)

func main() {
	db, err := pebble.Open(os.Args[2], &pebble.Options{})
	fmt.Fprintln(os.Stderr, db, err, http.ListenAndServe(os.Args[1], nil))
}
