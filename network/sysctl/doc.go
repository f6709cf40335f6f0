// Package sysctl sets kernel parameters of the node's network namespace and puts them back.
//
// What a parameter was before is written to a file before it is changed, so that a process that is killed and started
// again still knows. A parameter is put back only while it still has the value that was set here: who changed it since
// wants it so. Memory of another boot, or of another namespace, is forgotten.
//
// In flow names (net/ipv4/ip_forward) and values; out flow writes through a [Tree]. The package never decides which
// parameters are needed. A Memory is not safe for concurrent use.
package sysctl
