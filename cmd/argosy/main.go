// Command argosy is Kubernetes as one program.
package main

import (
	"os"

	"argosy.dev/cli"
)

func main() {
	os.Exit(cli.Main(os.Args))
}
