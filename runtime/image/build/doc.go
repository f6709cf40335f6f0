// Package build makes images from files: a base, if any, one layer of files, and what to run.
//
// Flows in: paths or contents, and a configuration. Flows out: an image in the store. The same input gives the same image to the
// bit, wherever and whenever: entries are sorted, owned by root, without times; only names, contents and modes count. The
// package never runs anything, so there is no RUN, and reads no registry: a base must be on the node.
//
// It holds no state.
package build
