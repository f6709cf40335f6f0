// Package imagetest makes what tests of the image rooms need: layer archives, hostile ones included, whole images, and a registry
// that misbehaves on request. For test files only.
package imagetest
