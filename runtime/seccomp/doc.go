// Package seccomp turns system call profiles into filters that the kernel takes as they are: classic BPF over struct
// seccomp_data, a binary search over the call's number, with rules on arguments. It needs no libseccomp, and compiles a
// profile once instead of at every start.
//
// Profiles flow in as the OCI runtime specification has them (a JSON file of the node, or Moby's default profile, which
// is what RuntimeDefault means); out flow the bytes of sock_filter instructions and the flags to load them with. A
// [Profiles] remembers what it compiled and may be used from many goroutines. The package loads nothing itself.
package seccomp

//go:generate go run ./internal/tables
