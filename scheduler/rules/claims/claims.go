package claims

import (
	"fmt"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule stands where upstream has VolumeBinding and DynamicResources.
func Rule() rules.Rule { return rules.Rule{Name: "VolumeBinding", Filter: filter} }

func filter(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Filter {
	spec := &p.Object.Spec
	for i := range spec.Volumes {
		v := &spec.Volumes[i]
		if v.PersistentVolumeClaim != nil || v.Ephemeral != nil {
			return rules.Filter{Impossible: fmt.Sprintf("volume %q needs a persistent volume, which is not supported yet", v.Name)}
		}
	}
	if len(spec.ResourceClaims) > 0 {
		return rules.Filter{Impossible: fmt.Sprintf("resource claim %q cannot be allocated: that is not supported yet", spec.ResourceClaims[0].Name)}
	}
	return rules.Filter{}
}
