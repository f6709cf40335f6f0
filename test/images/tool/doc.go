// Command tool is a test image in one static program: what end-to-end tests do inside of containers.
//
// It is many commands, named by how it is called (argv[0], through a link) or by its first argument: "tool sleep 5". "tool install
// DIR" copies it to DIR/tool and links all command names to it, which is what an image is made from:
//
//	tool install img/bin && argosy image build -t tool:v1 --add img:/ --env PATH=/bin --entrypoint /bin/sh
//
// It has a shell (package shell), the few file and text commands that kubectl needs (tar for "kubectl cp") and people expect, and
// what a container must be able to do in front of a test: exit with a code, eat memory, burn a processor, ignore signals, write
// a termination message, serve and speak TCP and HTTP. "tool help" lists them. As in busybox, options are the usual few.
//
// Commands end at SIGTERM with code 143, also as process 1, where a signal alone would not end them; "ignore-term" does not.
package main
