package podtemplate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateVolumes checks the volumes and notes those that are valid, for the mounts of containers.
func (s *scope) validateVolumes(path *field.Path) field.ErrorList {
	s.volumes = make(map[string]*corev1.VolumeSource, len(s.spec.Volumes))
	var all field.ErrorList
	for i := range s.spec.Volumes {
		v, at := &s.spec.Volumes[i], path.Index(i)
		errs := s.validateSource(v, at)
		if v.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else {
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(v.Name), v.Name, at.Child("name"))...)
		}
		if _, ok := s.volumes[v.Name]; ok {
			errs = append(errs, field.Duplicate(at.Child("name"), v.Name))
		}
		if len(errs) == 0 {
			s.volumes[v.Name] = &v.VolumeSource
		}
		all = append(all, errs...)
	}
	return all
}

// source is one of the many types that a volume can have.
type source struct {
	name  string
	set   bool
	check func(*field.Path) field.ErrorList
}

func (s *scope) validateSource(v *corev1.Volume, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	found := 0
	for _, list := range [...]func(*corev1.Volume) []source{s.firstSources, driverSources, s.laterSources} {
		for _, src := range list(v) {
			switch {
			case !src.set:
			case found > 0:
				errs = append(errs, field.Forbidden(path.Child(src.name), "may not specify more than 1 volume type"))
			default:
				found++
				errs = append(errs, src.check(path.Child(src.name))...)
			}
		}
	}
	if found == 0 {
		errs = append(errs, field.Required(path, "must specify a volume type"))
	}
	if i := v.ISCSI; i != nil && i.InitiatorName != nil && len(v.Name+":"+i.TargetPortal) > 64 {
		errs = append(errs, field.Invalid(path.Child("name"), v.Name, "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."))
	}
	return append(errs, s.validateClaimName(v, path.Child("name"))...)
}

// An ephemeral volume's claim is named after its pod and volume together.
func (s *scope) validateClaimName(v *corev1.Volume, path *field.Path) field.ErrorList {
	if v.Ephemeral == nil || s.pod == nil || s.pod.Name == "" || v.Name == "" {
		return nil
	}
	name := s.pod.Name + "-" + v.Name
	var errs field.ErrorList
	for _, msg := range utilvalidation.IsDNS1123Subdomain(name) {
		errs = append(errs, field.Invalid(path, v.Name, fmt.Sprintf("PVC name %q: %v", name, msg)))
	}
	return errs
}
