package app

import "argosy.dev/base/version"

// Version says which build of Argosy this is, in the shape of Kubernetes' /version.
func Version() version.Info { return version.Get() }
