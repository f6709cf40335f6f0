// Package nodeaffinity lets a pod go only to nodes that its node selector and required node affinity allow, and
// prefers those that its preferred node affinity names.
package nodeaffinity
