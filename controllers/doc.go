// Package controllers lists the loops that keep the cluster as its objects say.
//
// One folder a controller; set.go is the list that the server runs. Controllers do not know each other: they meet in the API's
// objects. Each is a loop.Controller (package loop), declares what it reads and writes, and decides by pure functions.
//
// Flows in: a client.Cluster for each, under the controller's own name. Flows out: loops to run, and no goroutine before.
package controllers
