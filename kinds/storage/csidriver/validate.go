package csidriver

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	shortestToken  = 10 * 60
	longestToken   = 1 << 32
	shortestPeriod = 10
)

func validate(d *storagev1.CSIDriver) field.ErrorList {
	return validateSpec(&d.Spec, field.NewPath("spec"))
}

// What pods that run already rely on stays.
func validateUpdate(d, old *storagev1.CSIDriver) field.ErrorList {
	path := field.NewPath("spec")
	errs := validate(d)
	errs = append(errs, rules.Immutable(d.Spec.AttachRequired, old.Spec.AttachRequired, path.Child("attachedRequired"))...)
	return append(errs, rules.Immutable(d.Spec.VolumeLifecycleModes, old.Spec.VolumeLifecycleModes, path.Child("volumeLifecycleModes"))...)
}

func validateSpec(spec *storagev1.CSIDriverSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"attachedRequired", spec.AttachRequired != nil},
		{"podInfoOnMount", spec.PodInfoOnMount != nil},
		{"storageCapacity", spec.StorageCapacity != nil},
		{"seLinuxMount", spec.SELinuxMount != nil},
	} {
		if !f.set {
			errs = append(errs, field.Required(path.Child(f.name), ""))
		}
	}
	at := path.Child("fsGroupPolicy")
	if p := spec.FSGroupPolicy; p == nil {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, rules.In(*p, at, storagev1.FileFSGroupPolicy, storagev1.NoneFSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)...)
	}
	errs = append(errs, validateTokens(spec, path)...)
	for _, mode := range spec.VolumeLifecycleModes {
		errs = append(errs, rules.In(mode, path.Child("volumeLifecycleModes"), storagev1.VolumeLifecyclePersistent, storagev1.VolumeLifecycleEphemeral)...)
	}
	if n := spec.NodeAllocatableUpdatePeriodSeconds; n != nil && *n < shortestPeriod {
		errs = append(errs, field.Invalid(path.Child("nodeAllocatableUpdatePeriodSeconds"), *n, "must be greater than or equal to 10 seconds"))
	}
	return errs
}

func validateTokens(spec *storagev1.CSIDriverSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := make(map[string]bool, len(spec.TokenRequests))
	for i, r := range spec.TokenRequests {
		at := path.Child("tokenRequests").Index(i)
		if seen[r.Audience] {
			errs = append(errs, field.Duplicate(at.Child("audience"), r.Audience))
			continue
		}
		seen[r.Audience] = true
		if r.ExpirationSeconds == nil {
			continue
		}
		switch n := *r.ExpirationSeconds; {
		case n < shortestToken:
			errs = append(errs, field.Invalid(at.Child("expirationSeconds"), n, "may not specify a duration less than 10 minutes"))
		case n > longestToken:
			errs = append(errs, field.Invalid(at.Child("expirationSeconds"), n, "may not specify a duration larger than 2^32 seconds"))
		}
	}
	if spec.ServiceAccountTokenInSecrets != nil && len(spec.TokenRequests) == 0 {
		errs = append(errs, field.Invalid(path.Child("serviceAccountTokenInSecrets"), *spec.ServiceAccountTokenInSecrets, "must not be set when tokenRequests is empty"))
	}
	return errs
}

func generation(d, old *storagev1.CSIDriver) bool {
	return !equality.Semantic.DeepEqual(d.Spec, old.Spec)
}

// Where tokens are passed among the attributes of volumes, drivers have written them to their logs.
func warnings(d, old *storagev1.CSIDriver) []string {
	if !tokensShown(d) || old != nil && equality.Semantic.DeepEqual(old.Spec.TokenRequests, d.Spec.TokenRequests) {
		return nil
	}
	return []string{"spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"}
}

func tokensShown(d *storagev1.CSIDriver) bool {
	return len(d.Spec.TokenRequests) > 0 && d.Spec.ServiceAccountTokenInSecrets == nil
}
