// Package measure reads what the machine has and uses: the kernel's figures under /proc, and those of file systems. It is the one place of
// the node that does; who shows them, or acts on them, asks it.
//
// It remembers nothing and is safe for concurrent use.
package measure
