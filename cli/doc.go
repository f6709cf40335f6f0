// Package cli is the command line: one file a command, each of which turns flags into a plain struct and hands it to app.
//
// Flows in: the program's arguments and the few environment variables that set defaults (ARGOSY_DATA_DIR). Flows out:
// text for people on standard output, errors on standard error, an exit code. It must never know any room but app; what a
// command does is decided there.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by a second interrupt. One call of [Main] a process.
package cli
