// Command argosy is Kubernetes as one program.
package main

func main() {}
