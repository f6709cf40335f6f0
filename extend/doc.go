// Package extend is the room of APIs that are not built in: kinds are made at run time (extend/customresource) out of
// CustomResourceDefinitions, and are served by the same pipeline as all others (extend/definitions).
package extend
