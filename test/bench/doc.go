// Command bench measures what the built binary costs on this machine and prints one table; "make bench" runs it. It needs
// root, Go (to be built), and nothing else.
//
// Flows in: the path of bin/argosy, and of the libcontainer yardstick (libcontainer/, a module of its own) if that could be
// built. Flows out: the table on standard output, and every row as a line of JSON.
//
// It measures from outside: a real process, its API over TLS with a client certificate, the clock that the kernel keeps of
// its CPU time. Whatever depends on the machine is measured beside a yardstick in the same run (the disk's fsync, the same
// bytes through a bare HTTP/2 server, a container by libcontainer), and compared with that. Everything runs in a process,
// mount and network namespace of its own, which end with it: a benchmark that is killed leaves no process behind, and
// another cluster on the machine does not disturb it but by using its cores, which the table tells.
//
// One file an idea: isolate, process and usage are the machinery, client and load make requests, floor, disk and
// libcontainer are the yardsticks; start, demo, create, get, list, watch and pods are the sections of the table.
package main
