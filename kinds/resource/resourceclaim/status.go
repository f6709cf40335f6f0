package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:   "status",
		Verbs:  []string{"get", "patch", "update"},
		Resets: []string{"metadata", "spec"},
		Prepare: kinds.DoWith(func(c, old *resourcev1.ResourceClaim) {
			metav1.ResetObjectMetaForStatus(c, old)
			c.Spec = old.Spec
			forgetLost(c)
		}),
		Validate: kinds.AskWith(validateStatus),
	}
}

// forgetLost drops what is told of devices that the claim has no more.
func forgetLost(c *resourcev1.ResourceClaim) {
	if c.Status.Allocation == nil {
		c.Status.Devices = nil
	}
}

func validateStatus(c, old *resourcev1.ResourceClaim) field.ErrorList {
	s, path := &c.Status, field.NewPath("status")
	var errs field.ErrorList
	if s.Allocation != nil {
		errs = validateAllocation(s.Allocation, devices.NamesOf(&c.Spec.Devices), path.Child("allocation"))
		if old.Status.Allocation != nil {
			errs = append(errs, rules.Immutable(s.Allocation, old.Status.Allocation, path.Child("allocation"))...)
		}
	}
	errs = append(errs, validateConsumers(c, old, path.Child("reservedFor"))...)
	given := s.Allocation
	if old.Status.Allocation != nil {
		given = old.Status.Allocation // which cannot be changed
	}
	return append(errs, validateDevices(s.Devices, given, path.Child("devices"))...)
}

func validateConsumers(c, old *resourcev1.ResourceClaim, path *field.Path) field.ErrorList {
	list := c.Status.ReservedFor
	var errs field.ErrorList
	if len(list) > resourcev1.ResourceClaimReservedForMaxSize {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.ResourceClaimReservedForMaxSize))
	}
	seen, before := map[string]bool{}, map[string]bool{}
	for _, r := range old.Status.ReservedFor {
		before[string(r.UID)] = true
	}
	added := false
	for i, r := range list {
		at := path.Index(i)
		for _, part := range []struct{ name, value string }{{"resource", r.Resource}, {"name", r.Name}, {"uid", string(r.UID)}} {
			if part.value == "" {
				errs = append(errs, field.Required(at.Child(part.name), ""))
			}
		}
		if seen[string(r.UID)] {
			errs = append(errs, field.Duplicate(at, r.UID))
		}
		seen[string(r.UID)] = true
		added = added || !before[string(r.UID)]
	}
	if len(list) > 0 && c.Status.Allocation == nil {
		errs = append(errs, field.Forbidden(path, "may not be specified when `allocated` is not set"))
	} else if added && c.DeletionTimestamp != nil {
		errs = append(errs, field.Forbidden(path, "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"))
	}
	return errs
}
