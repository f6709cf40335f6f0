// Package prioritylevelconfiguration is the kind flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration, with the levels that every
// cluster has.
package prioritylevelconfiguration
