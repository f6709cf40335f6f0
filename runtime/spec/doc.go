// Package spec works out what a container is to be: from the CRI's container and sandbox configuration, the image's
// configuration and what the machine can do, to the description that an init stub follows ([wire.Init]) and the devices
// that the cgroup allows.
//
// Everything here is pure: the files that matter (the image's user database, the host's devices) flow in as text and
// data, nothing is read or changed. The rules are those of the CRI's documentation and of what the field's runtimes do
// where it is silent; containers must not be able to tell which runtime they run on.
package spec
