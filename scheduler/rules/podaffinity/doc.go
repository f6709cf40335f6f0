// Package podaffinity puts pods near to, or keeps them away from, other pods: their own required affinity and anti-affinity and the
// anti-affinity of pods that are there refuse nodes; wishes of either side are scored. Near means on a node with the same
// value of the term's topology label.
package podaffinity
