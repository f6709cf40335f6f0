// Package clusterroleaggregation fills ClusterRoles that have an aggregationRule with the rules of all ClusterRoles that it selects.
//
// Reads: ClusterRoles. Writes: the rules of those with an aggregationRule; what others write there is put right. Reports: nothing.
package clusterroleaggregation
