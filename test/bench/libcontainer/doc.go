// Command libcontainer starts containers with runc's libcontainer and nothing around it: no engine, no image, no network
// but an empty namespace. It is the yardstick beside a pod's start in the benchmarks, a module of its own because
// libcontainer needs cgo and must not enter the product.
//
//	libcontainer -program FILE [-filter=false] [-n 20] [-together 50] [-pause 60ms]
//
// FILE is a static program that writes to its standard output at once (see first). The answer is one line of JSON with
// milliseconds from before the container is created to that first sign of life.
package main
