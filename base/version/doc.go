// Package version says which build of Argosy this is: the Kubernetes version whose API it speaks, the commit it was built
// from, and the platform.
//
// The values are stamped into the binary by the linker (see the Makefile); a binary built without the Makefile says
// "unknown" where it cannot know. Flows out: [Get], in the shape that Kubernetes answers under /version. It reads nothing
// at run time and holds nothing that changes, so it may be called from anywhere at any time.
package version
