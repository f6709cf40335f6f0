// Package static reads the pods that a machine runs by files of its own, whatever the API says (static pods), and makes their mirrors: the
// objects by which the API shows them. A pod's uid follows from its file, so that a file that changes is another pod, and one that stays
// is the same after the agent was started anew.
//
// Flows in: a directory, and how to decode a manifest. Flows out: complete pods. It never writes anything.
package static
