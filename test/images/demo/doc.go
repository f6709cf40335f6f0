// Command demo is the program of the demo image: a web server that tells which pod answers.
//
// It listens on port 8080 (PORT changes it). GET / answers with the pod's name, its node and the program's version, as the
// environment gives them in POD_NAME, NODE_NAME and VERSION; without POD_NAME the host's name counts. GET /healthz answers
// "ok". Every request is one line on standard output. SIGTERM and SIGINT end it at once, with exit code 0.
//
// It is built before the main program and embedded there (runtime/image/demo), so it is small: HTTP/1.0 by hand, one request
// a connection.
package main
