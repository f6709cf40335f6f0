// Package rootca publishes the cluster's certificate authority in each namespace, as the ConfigMap kube-root-ca.crt, which
// service account volumes carry into pods.
//
// Reads: Namespaces, ConfigMaps. Writes: those ConfigMaps; what others change in them is put right. Reports: nothing.
package rootca
