// Package flowschema is the kind flowcontrol.apiserver.k8s.io/v1 FlowSchema, with the schemas that every cluster has.
package flowschema
