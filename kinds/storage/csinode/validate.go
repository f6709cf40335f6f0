package csinode

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/storage/parameters"
)

const maxNodeID = 256

func validate(n *storagev1.CSINode) field.ErrorList {
	path := field.NewPath("spec", "drivers")
	var errs field.ErrorList
	seen := make(map[string]bool, len(n.Spec.Drivers))
	for i := range n.Spec.Drivers {
		d, at := &n.Spec.Drivers[i], path.Index(i)
		errs = append(errs, validateDriver(d, at)...)
		if seen[d.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), d.Name))
		}
		seen[d.Name] = true
	}
	return errs
}

func validateDriver(d *storagev1.CSINodeDriver, path *field.Path) field.ErrorList {
	errs := parameters.ValidateDriver(d.Name, path.Child("name"))
	switch {
	case d.NodeID == "":
		errs = append(errs, field.Required(path.Child("nodeID"), d.NodeID))
	case len(d.NodeID) > maxNodeID:
		errs = append(errs, field.Invalid(path.Child("nodeID"), d.NodeID, "must be 256 characters or less"))
	}
	if d.Allocatable != nil && d.Allocatable.Count != nil && *d.Allocatable.Count < 0 {
		errs = append(errs, field.Invalid(path.Child("allocatable", "count"), *d.Allocatable.Count, "must be greater than or equal to 0"))
	}
	seen := make(map[string]bool, len(d.TopologyKeys))
	for _, key := range d.TopologyKeys {
		if key == "" {
			errs = append(errs, field.Required(path, key))
		}
		if seen[key] {
			errs = append(errs, field.Duplicate(path, key))
		}
		seen[key] = true
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(key), key, path)...)
	}
	return errs
}

// A driver that is there stays as it registered itself; only how many volumes it can attach may change. (KEP-4876)
func validateUpdate(n, old *storagev1.CSINode) field.ErrorList {
	errs := validate(n)
	before := make(map[string]*storagev1.CSINodeDriver, len(old.Spec.Drivers))
	for i := range old.Spec.Drivers {
		before[old.Spec.Drivers[i].Name] = &old.Spec.Drivers[i]
	}
	for i := range n.Spec.Drivers {
		d := &n.Spec.Drivers[i]
		was, ok := before[d.Name]
		if !ok {
			continue
		}
		same := *was
		same.Allocatable = d.Allocatable
		if !equality.Semantic.DeepEqual(*d, same) {
			shown := *d
			shown.Allocatable = nil
			errs = append(errs, field.Invalid(field.NewPath("spec", "drivers"), rules.Shown(&shown), "field is immutable"))
		}
	}
	return errs
}
