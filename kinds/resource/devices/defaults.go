package devices

import resourcev1 "k8s.io/api/resource/v1"

// SetDefaults fills in what a claim leaves out: one device a request.
func SetDefaults(c *resourcev1.DeviceClaim) {
	for i := range c.Requests {
		r := &c.Requests[i]
		if e := r.Exactly; e != nil {
			setMode(&e.AllocationMode, &e.Count)
			SetTolerationDefaults(e.Tolerations)
		}
		for j := range r.FirstAvailable {
			s := &r.FirstAvailable[j]
			setMode(&s.AllocationMode, &s.Count)
			SetTolerationDefaults(s.Tolerations)
		}
	}
}

func setMode(mode *resourcev1.DeviceAllocationMode, count *int64) {
	if *mode == "" {
		*mode = resourcev1.DeviceAllocationModeExactCount
	}
	if *mode == resourcev1.DeviceAllocationModeExactCount && *count == 0 {
		*count = 1
	}
}

// SetTolerationDefaults makes Equal the operator where there is none.
func SetTolerationDefaults(list []resourcev1.DeviceToleration) {
	for i := range list {
		if list[i].Operator == "" {
			list[i].Operator = resourcev1.DeviceTolerationOpEqual
		}
	}
}
