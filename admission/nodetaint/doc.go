// Package nodetaint keeps pods off a new node until it has been seen ready: the node lifecycle controller takes the taint away.
package nodetaint
