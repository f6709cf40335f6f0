// Package shell is a small POSIX-like shell for test images: enough for the command lines that tests and people give to
// "kubectl run" and "kubectl exec", in one static program.
//
// It knows lists (; & && || !), pipelines, redirections (< > >> N>&M), quoting, variables with ${X:-y} and its like, $?, $$, $!, $#, $1,
// $@, command substitution, arithmetic, globs, if, while, until, for, ( ), { }, and the builtins : . break cd continue
// eval exec exit export false pwd read return set shift trap true umask unset wait. It has no functions, case, here-documents or
// job control. Commands it does not know itself are looked for in PATH, then among the applets of the program it is in.
//
// Subshells and pipeline stages are goroutines with a copy of the shell's state, not processes. As process 1 it survives signals
// that it has no trap for, as every shell does.
package shell
