// Command bbolt is what BenchmarkBinarySize measures: a small HTTP server that also opens a bbolt store.
package main

import (
	"fmt"
	"net/http"
	"os"

	bolt "go.etcd.io/bbolt"
)

func main() {
	db, err := bolt.Open(os.Args[2], 0o600, nil)
	fmt.Fprintln(os.Stderr, db, err, http.ListenAndServe(os.Args[1], nil))
}
