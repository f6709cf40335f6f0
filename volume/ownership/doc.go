// Package ownership gives the files of a volume to a group, so that users of the pod other than root can work with them.
package ownership
