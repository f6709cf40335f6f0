package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"

	"argosy.dev/kinds/resource/devices"
)

func setDefaults(c *resourcev1.ResourceClaim) {
	devices.SetDefaults(&c.Spec.Devices)
	if a := c.Status.Allocation; a != nil {
		for i := range a.Devices.Results {
			devices.SetTolerationDefaults(a.Devices.Results[i].Tolerations)
		}
	}
}

func prepareCreate(c *resourcev1.ResourceClaim) {
	devices.Tidy(&c.Spec.Devices)
	c.Status = resourcev1.ResourceClaimStatus{}
}
