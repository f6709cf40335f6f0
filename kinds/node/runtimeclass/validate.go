package runtimeclass

import (
	"slices"

	nodev1 "k8s.io/api/node/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(c *nodev1.RuntimeClass) field.ErrorList {
	errs := validateHandler(c.Handler, field.NewPath("handler"))
	if c.Overhead != nil {
		errs = append(errs, podtemplate.ValidateOverhead(c.Overhead.PodFixed, field.NewPath("overhead"))...)
	}
	if c.Scheduling != nil {
		errs = append(errs, validateScheduling(c.Scheduling, field.NewPath("scheduling"))...)
	}
	return errs
}

func validateUpdate(c, old *nodev1.RuntimeClass) field.ErrorList {
	return append(validate(c), rules.Immutable(c.Handler, old.Handler, field.NewPath("handler"))...)
}

func validateHandler(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return rules.Each(utilvalidation.IsDNS1123Label(name), name, path)
}

func validateScheduling(s *nodev1.Scheduling, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.NodeSelector != nil {
		errs = append(errs, metavalidation.ValidateLabels(s.NodeSelector, path.Child("nodeSelector"))...)
	}
	at := path.Child("tolerations")
	errs = append(errs, podtemplate.ValidateTolerations(s.Tolerations, at)...)
	// The same pod would get it twice. Lists are short: each is compared with those before it.
	for i, t := range s.Tolerations {
		if slices.Contains(s.Tolerations[:i], t) {
			errs = append(errs, field.Duplicate(at.Index(i), rules.Shown(t)))
		}
	}
	return errs
}
