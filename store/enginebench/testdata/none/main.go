// Command none is what BenchmarkBinarySize measures: a small HTTP server.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], nil))
}
